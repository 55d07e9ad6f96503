import * as z from 'zod';
import { TTA } from '../../augment/views.js';
import { VALIDATION_MODES } from '../../data/splits.js';
import { ENGINE_KINDS, type EngineInfo } from '../../engine/engine.js';
import { EXIT } from '../../errors.js';
import type { Image } from '../../image.js';
import { seedsEndSchema } from './seeds.js';

/*
 * The events of a training run, in order. Each is described once, here: its type, its line of `--json` and of
 * `schema/events.json`, the lines of `metrics.jsonl` and the columns of `metrics.csv` all follow from its schema.
 */

const count = z.int().min(0);
/** JSON has no NaN: what is not finite is null on a line, and NaN again when it is read. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)
  .describe('null where it is not finite.');
const measured = z.number().nullable().describe('null where it is not finite or was not measured.');
const averaged = figure.describe(
  'Of the moving average of the weights, where the config asks for one; null where it is not finite.',
);

const engine = z
  .strictObject({
    kind: z.enum(ENGINE_KINDS),
    name: z.string(),
    device: z.enum(['gpu', 'cpu']),
    deviceName: z.string(),
    threads: count,
    gpu: z.string().optional().describe('On an NVIDIA GPU: its number or UUID, as `nvidia-smi --id` takes it.'),
    deterministic: z.boolean().optional().describe('On a GPU: whether the same seed gives the same bytes.'),
    jitCompile: z.boolean().optional().describe('True where XLA compiles the steps.'),
  })
  .readonly() satisfies z.ZodType<EngineInfo>;

const dataCounts = z
  .strictObject({
    train: count.describe('Images trained on each epoch, augmented ones included.'),
    augmented: count,
    validation: count,
    test: count,
    source: z.string().describe('Where the files came from, for people.'),
    synthetic: z.boolean(),
    validationMode: z
      .enum(VALIDATION_MODES)
      .describe(
        '`honest` splits the originals first; `keras` takes the last part of all images and leaks augmented ones.',
      ),
  })
  .readonly();

export type DataCounts = z.output<typeof dataCounts>;

export const epochEndSchema = z
  .strictObject({
    event: z.literal('epoch_end'),
    epoch: count,
    epochs: count,
    steps: count,
    loss: figure,
    accuracy: figure,
    valLoss: measured,
    valAccuracy: measured,
    emaValLoss: averaged.exactOptional(),
    emaValAccuracy: averaged.exactOptional(),
    learningRate: figure,
    msPerStep: figure,
    seconds: figure,
    best: z.boolean().describe('The best epoch so far by the monitored metric.'),
  })
  .readonly();

export type EpochEnd = z.output<typeof epochEndSchema>;

const runStart = z
  .strictObject({
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
    testPasses: count
      .exactOptional()
      .describe('How often each test image is judged, where it is tested in changed copies too.'),
    data: dataCounts,
    resumedFrom: z
      .strictObject({ epoch: count, step: count })
      .readonly()
      .exactOptional()
      .describe('Epoch and step at which a resumed run continues.'),
    history: z
      .array(epochEndSchema)
      .readonly()
      .exactOptional()
      .describe('Epochs that the resumed run has done before.'),
  })
  .readonly();

export type RunStart = z.output<typeof runStart>;

export const stepEventSchema = z
  .strictObject({
    event: z.literal('step'),
    epoch: count,
    step: count.describe('Counts from 1 within the epoch.'),
    steps: count,
    loss: figure.describe('Of this batch; null where it is not finite.'),
    accuracy: figure.describe('Of this batch.'),
    meanLoss: figure.describe('Over the epoch so far; null where it is not finite.'),
    meanAccuracy: figure.describe('Over the epoch so far; null where it is not finite.'),
    learningRate: figure,
    msPerStep: figure.describe('Over the last steps.'),
    imagesPerSecond: figure.describe('Over the last steps.'),
  })
  .readonly();

export type StepEvent = z.output<typeof stepEventSchema>;

const norms = z.record(z.string(), figure);
export const normsEventSchema = z
  .strictObject({
    event: z.literal('norms'),
    epoch: count.describe('The epoch that has just been trained.'),
    weights: norms.describe('L2 norm of each trainable weight, by its name.'),
    gradients: norms.describe("L2 norm of the gradient by each, for the epoch's first batch, before clipping."),
  })
  .readonly();

/** With `--norms`, before the end of each epoch. */
export type NormsEvent = z.output<typeof normsEventSchema>;

const checkpoint = z
  .strictObject({
    event: z.literal('checkpoint'),
    kind: z.enum(['last', 'best']),
    epoch: count,
    step: count,
    path: z.string(),
  })
  .readonly();

export type CheckpointEvent = z.output<typeof checkpoint>;

const warning = z
  .strictObject({ event: z.literal('warning'), message: z.string(), hint: z.string().exactOptional() })
  .readonly();

export type WarningEvent = z.output<typeof warning>;
export type Warning = Omit<WarningEvent, 'event'>;

const classReport = z
  .strictObject({ name: z.string(), precision: figure, recall: figure, f1: figure, support: count })
  .readonly();

export type ClassReport = z.output<typeof classReport>;

const mistake = z
  .strictObject({
    index: count.describe('Index within the test images.'),
    actual: z.string().describe('The name of its class.'),
    predicted: z.string().describe('The name of the class that the model took it for.'),
    probability: figure.describe('Of the predicted class.'),
  })
  .readonly();

/** A test image that the model got wrong, with its image for the terminal, which is not in `--json`. */
export type Mistake = z.output<typeof mistake> & { readonly image: Image };

const test = z
  .strictObject({ epoch: count, loss: figure, accuracy: figure })
  .readonly()
  .describe("The test with the best epoch's weights, where `testLoss` is another epoch's.");

const ttaTest = z
  .strictObject({
    views: z.enum(TTA),
    loss: figure,
    accuracy: figure,
    emaLoss: averaged.exactOptional(),
    emaAccuracy: averaged.exactOptional(),
  })
  .readonly()
  .describe('The test by the mean over changed copies of each image, where the config asks for it.');

/** What a run that ends by itself says of its test. */
const testResults = z.strictObject({
  testLoss: measured,
  testAccuracy: measured,
  emaTestLoss: averaged.exactOptional(),
  emaTestAccuracy: averaged.exactOptional(),
  testedEpoch: count
    .exactOptional()
    .describe('The epoch whose weights were tested: the last one, or the best one where its weights were restored.'),
  bestTest: test.exactOptional(),
  ttaTest: ttaTest.exactOptional(),
  classes: z.array(classReport).readonly().exactOptional(),
  confusion: z
    .array(z.array(count).readonly())
    .readonly()
    .exactOptional()
    .describe('rows: true class, columns: predicted'),
  mistakes: z.array(mistake).readonly().exactOptional().describe('The most confident first.'),
});

export type TestResults = Omit<Readonly<z.output<typeof testResults>>, 'mistakes'> & {
  readonly mistakes?: readonly Mistake[];
};

const runEnd = z
  .strictObject({
    event: z.literal('run_end'),
    status: z.enum(['completed', 'stopped', 'failed']),
    exitCode: z.literal(Object.values(EXIT)),
    epochs: count,
    ...testResults.shape,
    stoppedEarly: z
      .strictObject({ monitor: z.enum(['valLoss', 'valAccuracy']), patience: count, bestEpoch: count })
      .readonly()
      .exactOptional()
      .describe('Early stopping ended the run: the metric did not improve for so many epochs after the best one.'),
    bestValAccuracy: measured,
    seconds: figure,
    run: z.string().describe('The run directory.'),
    message: z.string().exactOptional().describe('Why it stopped or failed, in one line.'),
  })
  .readonly();

export type RunEnd = Omit<z.output<typeof runEnd>, 'mistakes'> & Pick<TestResults, 'mistakes'>;

/** What of it a `summary.json` may hold: all of it at the end, little during the run. */
export const runSummarySchema = runEnd.unwrap().omit({ event: true }).partial().strip();

/** Moves a progress bar; no line of `--json`. */
export interface EpochStart {
  readonly event: 'epoch_start';
  /** Counts from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly steps: number;
}

/** Moves a progress bar; no line of `--json`. */
export interface ValidationProgress {
  readonly event: 'validation_progress';
  readonly what: 'validation' | 'test';
  readonly done: number;
  readonly total: number;
}

export type TrainingEvent =
  | RunStart
  | EpochStart
  | StepEvent
  | ValidationProgress
  | NormsEvent
  | EpochEnd
  | CheckpointEvent
  | WarningEvent
  | RunEnd;

const v = z.literal(1).describe('Version of this format.');
const line = <Shape extends z.ZodRawShape>(event: z.ZodReadonly<z.ZodObject<Shape>>) =>
  z.strictObject({ v, ...event.unwrap().shape });

const failure = z
  .strictObject({
    event: z.literal('error'),
    message: z.string(),
    problems: z.array(z.string()).describe('Every problem, where there are several.'),
    hint: z.string().exactOptional().describe('What to do next.'),
    exitCode: z.enum(EXIT),
  })
  .readonly();

/** One line of `fmnist train --json`. */
export const eventLineSchema = z
  .discriminatedUnion('event', [
    line(runStart),
    line(stepEventSchema),
    line(normsEventSchema),
    line(epochEndSchema),
    line(checkpoint),
    line(warning),
    line(runEnd),
    line(seedsEndSchema),
    line(failure),
  ])
  .describe(
    'One line of `fmnist train --json`; `step` only with `--json-steps`, `norms` only with `--norms`, `seeds_end` only with `--seeds`, `error` only where a command fails that has printed nothing else.',
  );

export type EventLine = z.input<typeof eventLineSchema>;

/** The JSON Schema of a line, as it stands in `schema/events.json`. */
export function eventsJsonSchema(): object {
  return z.toJSONSchema(eventLineSchema, {
    io: 'input',
    target: 'draft-2020-12',
    // zod's readonly is about our own objects, JSON Schema's about who may write a value.
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
}
