import { z } from 'zod';
import { ENGINE_KINDS } from '../../engine/engine.js';
import { EXIT } from '../../errors.js';

const v = z.literal(1).describe('Version of this format.');
const count = z.int().min(0);
const figure = z.number().nullable().describe('null where it is not finite or was not measured.');
const ema = z
  .number()
  .nullable()
  .describe('Of the moving average of the weights, where the config asks for one; null where it is not finite.');

const engine = z
  .strictObject({
    kind: z.enum(ENGINE_KINDS),
    name: z.string(),
    device: z.enum(['gpu', 'cpu']),
    deviceName: z.string(),
    threads: count,
  })
  .readonly();

const data = z
  .strictObject({
    train: count.describe('Images trained on each epoch, augmented ones included.'),
    augmented: count,
    validation: count,
    test: count,
    source: z.string(),
    synthetic: z.boolean(),
    validationMode: z.enum(['honest', 'keras', 'none']),
  })
  .readonly();

const epochFields = {
  event: z.literal('epoch_end'),
  epoch: count,
  epochs: count,
  steps: count,
  loss: figure,
  accuracy: figure,
  valLoss: figure,
  valAccuracy: figure,
  emaValLoss: ema.optional(),
  emaValAccuracy: ema.optional(),
  learningRate: figure,
  msPerStep: figure,
  seconds: figure,
  best: z.boolean().describe('The best epoch so far by the monitored metric.'),
};

const runStart = z.strictObject({
  v,
  event: z.literal('run_start'),
  run: z.string().describe('The run directory.'),
  model: z.string(),
  parameters: count,
  config: z.unknown(),
  engine,
  precision: z.string(),
  seed: z.int(),
  epochs: count,
  batchSize: count,
  stepsPerEpoch: count,
  data,
  resumedFrom: z.strictObject({ epoch: count, step: count }).readonly().optional(),
  history: z.array(z.strictObject(epochFields).readonly()).readonly().optional(),
});

const step = z.strictObject({
  v,
  event: z.literal('step'),
  epoch: count,
  step: count.describe('Counts from 1 within the epoch.'),
  steps: count,
  loss: figure,
  meanLoss: figure.describe('Over the epoch so far.'),
  meanAccuracy: figure.describe('Over the epoch so far.'),
  learningRate: figure,
  msPerStep: figure,
  imagesPerSecond: figure,
});

const epochEnd = z.strictObject({ v, ...epochFields });

const checkpoint = z.strictObject({
  v,
  event: z.literal('checkpoint'),
  kind: z.enum(['last', 'best']),
  epoch: count,
  step: count,
  path: z.string(),
});

const warning = z.strictObject({ v, event: z.literal('warning'), message: z.string(), hint: z.string().optional() });

const classReport = z
  .strictObject({ name: z.string(), precision: figure, recall: figure, f1: figure, support: count })
  .readonly();

const mistake = z
  .strictObject({ index: count, actual: z.string(), predicted: z.string(), probability: figure })
  .readonly();

const runEnd = z.strictObject({
  v,
  event: z.literal('run_end'),
  status: z.enum(['completed', 'stopped', 'failed']),
  exitCode: z.literal(Object.values(EXIT)),
  epochs: count,
  testLoss: figure,
  testAccuracy: figure,
  emaTestLoss: ema.optional(),
  emaTestAccuracy: ema.optional(),
  bestValAccuracy: figure,
  seconds: figure,
  run: z.string(),
  message: z.string().optional(),
  classes: z.array(classReport).readonly().optional(),
  confusion: z.array(z.array(count).readonly()).readonly().optional().describe('rows: true class, columns: predicted'),
  mistakes: z.array(mistake).readonly().optional(),
});

/** One line of `fmnist train --json`. */
export const eventLineSchema = z
  .discriminatedUnion('event', [runStart, step, epochEnd, checkpoint, warning, runEnd])
  .describe('One line of `fmnist train --json`; `step` only with `--json-steps`.');

export type EventLine = z.infer<typeof eventLineSchema>;
