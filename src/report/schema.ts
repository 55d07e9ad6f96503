import * as z from 'zod';

/*
 * What a report says, as the JSON in its file has it: `JSON.parse(document.getElementById('report').textContent)`, or
 * with any HTML parser. Numbers are null where they are not finite. What has a default is missing in older reports.
 */

const figure = z.number().nullable();
const count = z.int().nonnegative();

/** A test image and what the model took it for; classes are indices into `classes`. */
const guess = z.object({
  index: count.describe('Index within the test images.'),
  actual: count,
  predicted: count,
  probability: figure.describe('Of the predicted class.'),
});
export type Guess = z.output<typeof guess>;

/** Pictures of one size in a grid, row by row, as a PNG. */
const sheet = z.object({
  width: count.describe('Pixels of one picture.'),
  height: count,
  columns: count,
  count,
  png: z.string().describe('data:image/png;base64,…'),
});
export type Sheet = z.output<typeof sheet>;

const epoch = z.object({
  epoch: count,
  loss: figure,
  accuracy: figure,
  valLoss: figure,
  valAccuracy: figure,
  emaValLoss: figure,
  emaValAccuracy: figure,
  learningRate: figure,
  msPerStep: figure,
  seconds: figure,
  best: z.boolean(),
});

const point = z.object({
  epoch: z.number().describe('1.5 is the middle of the second.'),
  steps: count.describe('Since the run began.'),
  loss: figure,
  accuracy: figure,
  learningRate: figure,
});

const bin = z.object({
  from: z.number(),
  to: z.number(),
  count,
  confidence: z.number().describe('Mean probability of the predicted class.'),
  accuracy: z.number(),
});

const calibration = z.object({
  bins: z.array(bin).describe('By the probability of the predicted class; empty ones are left out.'),
  expectedCalibrationError: z
    .number()
    .describe('Mean distance of confidence and accuracy, weighted by the images of each bin (Naeini et al. 2015).'),
});
export type Calibration = z.output<typeof calibration>;

const test = z.object({
  loss: figure,
  accuracy: figure,
  emaLoss: figure,
  emaAccuracy: figure,
  epoch: count.nullable().default(null).describe('The epoch whose weights were tested.'),
  best: z
    .object({ epoch: count, loss: figure, accuracy: figure })
    .nullable()
    .default(null)
    .describe("The test with the best epoch's weights, where that is another one."),
  views: z
    .object({
      of: z.enum(['flip', 'flip-shift']),
      loss: figure,
      accuracy: figure,
      emaLoss: figure,
      emaAccuracy: figure,
    })
    .nullable()
    .default(null)
    .describe('The test by the mean over changed copies of each image; null where the config asks for none.'),
  classes: z.array(z.object({ name: z.string(), precision: figure, recall: figure, f1: figure, support: count })),
  confusion: z.array(z.array(count)).describe('rows: true class, columns: predicted'),
  calibration: calibration.nullable(),
  mistakes: z.array(guess).describe('The most confident first.'),
  unsure: z.array(guess).describe('Right answers, the least confident first.'),
  cells: z
    .array(z.object({ actual: count, predicted: count, guesses: z.array(guess) }))
    .describe('Examples for the cells of the confusion matrix: mistakes the most confident first, hits the least.'),
});
export type TestResult = z.output<typeof test>;

const layer = z.object({
  name: z.string(),
  type: z.string(),
  outputShape: z.array(count),
  parameters: count,
  weightBytes: count,
  flops: count,
  depth: count,
});

const model = z.object({
  layers: z.array(layer),
  parameters: count,
  trainable: count,
  weightBytes: count,
  flops: count.describe("Of one image's forward pass."),
});

const maps = z.object({
  layer: z.string(),
  image: guess.nullable().describe('The test image; null where it is none.'),
  sheet,
});

const norms = z.object({
  epoch: count,
  weights: z.record(z.string(), figure).describe('L2 norm of each weight, by its name.'),
  gradients: z.record(z.string(), figure).describe('L2 norm of each gradient on one batch.'),
});

const run = z.object({
  name: z.string(),
  model: z.string().nullable(),
  status: z.enum(['running', 'interrupted', 'completed', 'stopped', 'failed', 'damaged']),
  message: z.string().nullable().describe('Why it stopped or failed.'),
  sweep: z
    .object({ name: z.string(), trial: count, seed: count })
    .nullable()
    .default(null)
    .describe('Whose trial it is.'),
  epochs: count,
  epochsPlanned: count.nullable(),
  seconds: figure,
  bestValAccuracy: figure,
  config: z.unknown(),
  environment: z.unknown().describe('Engine, versions, machine, data, seed and command line.'),
  history: z.array(epoch).describe('At most 2,000 epochs, evenly.'),
  curve: z.array(point).describe('Training within the epochs.'),
  test: test.nullable(),
  network: model.nullable(),
  filters: z.object({ layer: z.string(), sheet }).nullable().describe('Kernels of the first convolution.'),
  maps: z.array(maps).describe('What these filters make of a few images.'),
  norms: z.array(norms),
  notes: z.array(z.string()).describe('What is missing here and why.'),
});
export type RunReport = z.output<typeof run>;

export const reportSchema = z.object({
  format: z.literal('fmnist-report'),
  version: z.literal(1),
  made: z.string().describe('ISO 8601.'),
  by: z.string().describe('Version of fmnist.'),
  classes: z.array(z.string()),
  runs: z.array(run).min(1),
  differences: z
    .array(z.object({ path: z.string(), values: z.array(z.string().nullable()) }))
    .describe('Settings in which the runs differ.'),
  pictures: sheet
    .extend({ indices: z.array(count).describe('Which test image each picture is.') })
    .nullable()
    .describe('Every test image that the runs name.'),
});

/** One run, or several compared. */
export type Report = z.output<typeof reportSchema>;
