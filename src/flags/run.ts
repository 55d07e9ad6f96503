import { UsageError } from '../errors.js';
import { type FlagTable, ifPresent, oneOf, realNumber, repeated, switched, text, wholeNumber } from './define.js';
import { data, device, GROUPS } from './options.js';

/** Copies that `--augment` alone makes: the book's number. */
const DEFAULT_COPIES = 30_000;

/** `--augment [N]`; `--no-augment` takes it back where a variable set it. */
const copies = ifPresent((value): number => {
  if (value === true || value === '' || value === 'true') return DEFAULT_COPIES;
  if (value === false || value === 'false') return 0;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 0 && count <= 1_000_000) return count;
  throw new UsageError(`--augment must be a whole number from 0 to 1000000, but is ${JSON.stringify(value)}`);
});

/** How a run uses its images. No defaults here: a resumed run takes from itself what is not typed. */
export const imageUse = {
  augment: {
    describe: 'Append N augmented copies of training images',
    coerce: copies,
    group: GROUPS.data,
    defaultDescription: `none; alone: ${DEFAULT_COPIES}`,
  },
  validation: {
    ...oneOf('validation', 'Hold out originals, the last part as Keras does (leaks copies), or nothing', [
      'honest',
      'keras',
      'none',
    ]),
    group: GROUPS.data,
    defaultDescription: 'honest',
  },
  shuffle: {
    describe: 'Shuffle each epoch; --no-shuffle keeps the order of the files',
    type: 'boolean',
    group: GROUPS.training,
    defaultDescription: 'true',
  },
} as const satisfies FlagTable;

/** Where a run starts from, how often it is saved and what it must reach. */
export const run = {
  resume: {
    ...text('Go on with a run: its name, its path or "last"'),
    alias: 'r',
    values: 'runs',
    group: GROUPS.training,
    conflicts: 'weights',
  },
  seeds: {
    ...wholeNumber('seeds', 'Train so many runs, each with the next seed', {
      min: 2,
      max: 100,
    }),
    group: GROUPS.training,
    conflicts: 'resume',
  },
  weights: { ...text('Start from the weights in a .safetensors, .keras or .h5 file'), group: GROUPS.training },
  'min-accuracy': {
    ...realNumber('min-accuracy', 'Exit with 7 when the test accuracy is below', { min: 0, max: 1 }),
    group: GROUPS.training,
  },
  'checkpoint-minutes': {
    ...realNumber('checkpoint-minutes', 'Save within an epoch too, this often', { min: 0, max: 100_000 }),
    group: GROUPS.output,
    defaultDescription: '5',
  },
} as const satisfies FlagTable;

/** What a person calls a run, and says of it. */
export const labels = {
  name: {
    ...text('Name of a new run, instead of one made of time and model; of --seeds the first part of each'),
    group: GROUPS.output,
    conflicts: 'resume',
  },
  note: { ...text('A sentence to keep with the run'), group: GROUPS.output },
  tag: { ...repeated('A word to find the run by; may be repeated'), group: GROUPS.output },
} as const satisfies FlagTable;

/** What a run tells besides `--json`. */
export const reports = {
  'json-steps': {
    ...switched('With --json, a line for each step'),
    group: GROUPS.output,
    idle: ({ json }) => (json === true ? undefined : 'it adds lines to those of --json'),
  },
  quiet: { ...switched('Only warnings and the result'), alias: 'q', group: GROUPS.output },
  norms: { ...switched("Record each epoch's norms of weights and gradients"), group: GROUPS.output },
  tensorboard: { ...switched('Write TensorBoard event files too'), group: GROUPS.output },
  histograms: {
    ...switched("With --tensorboard, each epoch's weights as histograms"),
    group: GROUPS.output,
    idle: ({ tensorboard }) => (tensorboard === true ? undefined : 'it adds to what --tensorboard writes'),
  },
} as const satisfies FlagTable;

/** What a run does not remember: to go on as it began, it is typed again. */
export const notRemembered = {
  'data-dir': data['data-dir'],
  offline: data.offline,
  device: device.device,
  threads: device.threads,
  deterministic: device.deterministic,
  'min-accuracy': run['min-accuracy'],
  'checkpoint-minutes': run['checkpoint-minutes'],
  tensorboard: reports.tensorboard,
  histograms: reports.histograms,
} as const satisfies FlagTable;
