import { bundledModels } from '../config/bundled.js';
import { DEFAULT_MODEL, DEFAULT_SEED, LARGEST_SEED } from '../config/defaults.js';
import { DATASET_NAMES, isDatasetName } from '../datasets/registry.js';
import { DEVICE_CHOICES, type DeviceChoice, PRECISIONS } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import {
  type FlagTable,
  fileOf,
  ifPresent,
  oneOf,
  realNumber,
  repeated,
  switched,
  text,
  wholeNumber,
} from './define.js';

/** Groups of flags in `--help`, in the order in which they should be read. */
export const GROUPS = {
  model: 'Model:',
  training: 'Training:',
  data: 'Data:',
  engine: 'Engine:',
  output: 'Output:',
} as const;

/** `--model` and `--config`: resolve them with `resolveConfig`. */
export const model = {
  model: {
    ...text(`A bundled model (${bundledModels().join(', ')}) or the path of a JSON config (see fmnist validate)`),
    alias: 'm',
    values: 'models',
    group: GROUPS.model,
    defaultDescription: `the --config's, else ${DEFAULT_MODEL}`,
  },
  config: {
    ...text("A JSON config, - for standard input; with --model, its settings but the model's layers"),
    alias: 'c',
    group: GROUPS.model,
  },
} as const satisfies FlagTable;

/** `--set`: values of the config, for commands that work with one. */
export const set = {
  set: {
    ...repeated('A value of the config by its path, e.g. optimizer.type=sgd; may be repeated'),
    group: GROUPS.model,
  },
} as const satisfies FlagTable;

/** Which weights of a run or file. */
const trainedWeights = {
  checkpoint: {
    ...oneOf('checkpoint', "Which of a run's checkpoints", ['last', 'best']),
    group: GROUPS.model,
    defaultDescription: 'what the run ended with',
  },
  ema: { ...switched('The moving averages of the weights'), group: GROUPS.model },
} as const satisfies FlagTable;

/** `--batch-size` over the config's. */
export const batchSize = {
  'batch-size': {
    ...wholeNumber('batch-size', 'Images a step', { min: 1, max: 1_000_000 }),
    group: GROUPS.training,
    defaultDescription: "the config's, 32",
  },
} as const satisfies FlagTable;

/** Flags that go over the config's training settings: resolve them with `resolveConfig`. */
export const trainingSettings = {
  epochs: {
    ...wholeNumber('epochs', 'Passes over the training images', { min: 1, max: 100_000 }),
    group: GROUPS.training,
    defaultDescription: "the config's, 25",
  },
  ...batchSize,
  'learning-rate': {
    ...realNumber('learning-rate', "The optimizer's learning rate; the peak of a one-cycle schedule", {
      min: 0,
      above: true,
      max: 100,
    }),
    group: GROUPS.training,
    defaultDescription: "the config's, 0.001 for adam",
  },
  'validation-split': {
    ...realNumber('validation-split', 'Share of the training images held out for validation', { min: 0, max: 0.99 }),
    group: GROUPS.training,
    defaultDescription: "the config's, 0.25",
    idle: ({ validation }) => (validation === 'none' ? 'with --validation none nothing is held out' : undefined),
  },
} as const satisfies FlagTable;

/** `--seed`: every draw of the run comes from it. No default, so that a resumed run can tell what was typed. */
export const seed = {
  seed: {
    ...wholeNumber('seed', 'Seed of everything random', { min: 0, max: LARGEST_SEED }),
    group: GROUPS.training,
    defaultDescription: String(DEFAULT_SEED),
  },
} as const satisfies FlagTable;

/** The name of a data set, or what can only be the path of a manifest. */
function nameOrManifest(value: unknown): string {
  const choice = String(value);
  if (isDatasetName(choice) || /[/\\]|\.json$/i.test(choice)) return choice;
  throw new UsageError(
    `--data must be ${DATASET_NAMES.join(', ')} or a manifest (FILE.json), but is ${JSON.stringify(value)}${didYouMean(choice, DATASET_NAMES)}`,
  );
}

/** `--data`: which data set. */
export const dataset = {
  data: {
    describe: `The data set: ${DATASET_NAMES.join(', ')} (made up, for smoke runs) or the manifest of your own, FILE.json`,
    requiresArg: true,
    coerce: ifPresent(nameOrManifest),
    values: DATASET_NAMES,
    group: GROUPS.data,
    defaultDescription: 'fashion-mnist',
  },
} as const satisfies FlagTable;

/** Which data set, and where its images come from. */
export const data = {
  ...dataset,
  'data-dir': {
    ...text("A folder with the data set's IDX files (plain or .gz)"),
    group: GROUPS.data,
    idle: ({ data: name }) => (name === 'synthetic' ? 'synthetic images are drawn, not read' : undefined),
  },
  offline: { ...switched('Never use the network'), group: GROUPS.data },
} as const satisfies FlagTable;

/** `--limit`: the first N training images only. */
export const limit = {
  limit: {
    ...wholeNumber('limit', 'Only the first N training images', { min: 2 }),
    group: GROUPS.data,
  },
} as const satisfies FlagTable;

/** Devices that tfjs serves. */
const PORTABLE = ['webgpu', 'wasm', 'cpu-js'];

/** A device by its name, or one of several GPUs by its number. */
function deviceChoice(value: unknown): DeviceChoice {
  const number = /^gpu:(\d{1,3})$/.exec(String(value))?.[1];
  return number === undefined ? DEVICE.coerce(value) : `gpu:${Number(number)}`;
}

const DEVICE = oneOf('device', 'Where to compute', DEVICE_CHOICES);

/** What computes. */
export const device = {
  device: {
    ...DEVICE,
    describe: `Where to compute: ${DEVICE_CHOICES.join(', ')}; gpu:1 is the second GPU`,
    coerce: ifPresent(deviceChoice),
    group: GROUPS.engine,
    default: 'auto',
  },
  precision: {
    ...oneOf('precision', 'Number format of convolutions and matrix products', PRECISIONS),
    group: GROUPS.engine,
    defaultDescription: PRECISIONS[0],
  },
  threads: {
    ...wholeNumber('threads', 'CPU threads of the engine', { min: 1, max: 1024 }),
    group: GROUPS.engine,
    defaultDescription: 'all cores',
    idle: ({ device }) =>
      PORTABLE.includes(String(device))
        ? `only native TensorFlow takes threads, --device ${device} does not`
        : undefined,
  },
  deterministic: {
    describe: 'On a GPU the same seed gives the same bytes; --no-deterministic is faster',
    type: 'boolean',
    group: GROUPS.engine,
    defaultDescription: 'true',
  },
  'jit-compile': {
    ...switched('Let XLA compile training steps, as Keras does with jit_compile: meant for GPUs, slower on CPUs'),
    group: GROUPS.engine,
  },
} as const satisfies FlagTable;

/** `--runs-dir`: where run directories lie. */
export const runsDir = {
  'runs-dir': { ...text('Folder of the run directories'), group: GROUPS.output, default: 'runs' },
} as const satisfies FlagTable;

/** A trained model, the images that it looks at, and what computes. */
export const trainedModel = {
  ...trainedWeights,
  ...model,
  ...set,
  ...data,
  ...device,
  ...runsDir,
} as const satisfies FlagTable;

/** `--json`: machine-readable output alone on stdout. */
export const json = {
  json: {
    ...switched('Machine-readable output on stdout; text for people goes to stderr'),
    group: GROUPS.output,
  },
} as const satisfies FlagTable;

/** `--png`: the pictures as a file besides. */
export const png = {
  png: { ...fileOf('png', 'Also write the pictures to this file', ['.png']), group: GROUPS.output },
} as const satisfies FlagTable;

/** `--plot`: the charts as a picture besides, in the format of the ending. */
export const plot = {
  plot: { ...fileOf('plot', 'Also write the charts to this file', ['.svg', '.png']), group: GROUPS.output },
} as const satisfies FlagTable;

/** A run or a file of weights, by position. */
export const trainedRun = {
  describe: 'A run (name, path, last) or a .safetensors file',
  type: 'string',
  demandOption: true,
  values: 'runs',
} as const;

/** `--filter`: some runs only. */
export const runFilter = {
  filter: {
    ...repeated(
      'Only runs with KEY=VALUE, * for any text: model, status, tag, name, sweep, or a setting such as training.batchSize',
    ),
    group: GROUPS.output,
  },
} as const satisfies FlagTable;

/** Several runs, by position. */
export const runNames = {
  describe: 'Runs: a name, its beginning or its end, a path, or last',
  type: 'string',
  array: true,
  default: [] as string[],
  values: 'runs',
} as const;
