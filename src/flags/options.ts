import { type Flags, oneOf, realNumber, text, wholeNumber } from './define.js';

/** The model when none is named: it trains in minutes on any machine. */
export const DEFAULT_MODEL = 'conv-pool';

/** Groups of flags in `--help`, in the order in which they should be read. */
export const GROUPS = {
  model: 'Model:',
  training: 'Training:',
  data: 'Data:',
  engine: 'Engine:',
  output: 'Output:',
} as const;

/** `--model` and `--config`: resolve them with `resolveConfig`. */
export function withModel<T>(flags: Flags<T>) {
  return flags
    .option('model', {
      ...text('A bundled model or the path of a JSON config (see fmnist validate)'),
      alias: 'm',
      group: GROUPS.model,
      defaultDescription: `the --config's, else ${DEFAULT_MODEL}`,
    })
    .option('config', {
      ...text("A JSON config; with --model, its settings but the model's layers"),
      alias: 'c',
      group: GROUPS.model,
    });
}

/** `--batch-size` over the config's. */
export function withBatchSize<T>(flags: Flags<T>) {
  return flags.option('batch-size', {
    ...wholeNumber('batch-size', 'Images a step', { min: 1, max: 60_000 }),
    group: GROUPS.training,
    defaultDescription: "the config's, 32",
  });
}

/** Flags that go over the config's training settings: resolve them with `resolveConfig`. */
export function withTrainingSettings<T>(flags: Flags<T>) {
  const group = GROUPS.training;
  const epochs = flags.option('epochs', {
    ...wholeNumber('epochs', 'Passes over the training images', { min: 1, max: 100_000 }),
    group,
    defaultDescription: "the config's, 25",
  });
  return withBatchSize(epochs)
    .option('learning-rate', {
      ...realNumber('learning-rate', "The optimizer's learning rate; the peak of a one-cycle schedule", {
        min: Number.MIN_VALUE,
        max: 100,
      }),
      group,
      defaultDescription: "the config's, 0.001 for adam",
    })
    .option('validation-split', {
      ...realNumber('validation-split', 'Share of the training images held out for validation', { min: 0, max: 0.99 }),
      group,
      defaultDescription: "the config's, 0.25",
    });
}

export const DEFAULT_SEED = 42;

/** `--seed`: every draw of the run comes from it. No default, so that a resumed run can tell what was typed. */
export function withSeed<T>(flags: Flags<T>) {
  return flags.option('seed', {
    ...wholeNumber('seed', 'Seed of everything random', { min: 0, max: 2 ** 32 - 1 }),
    group: GROUPS.training,
    defaultDescription: String(DEFAULT_SEED),
  });
}

/** Where the images come from. */
export function withData<T>(flags: Flags<T>) {
  const group = GROUPS.data;
  return flags
    .option('data', {
      ...oneOf('data', 'The data set; synthetic is made up, for smoke runs without network', [
        'fashion-mnist',
        'synthetic',
      ]),
      group,
      defaultDescription: 'fashion-mnist',
    })
    .option('data-dir', { ...text('A folder with the four IDX files (plain or .gz)'), group })
    .option('offline', { describe: 'Never use the network', type: 'boolean', group, default: false });
}

/** `--limit`: the first N training images only. */
export function withLimit<T>(flags: Flags<T>) {
  return flags.option('limit', {
    ...wholeNumber('limit', 'Only the first N training images', { min: 2, max: 60_000 }),
    group: GROUPS.data,
  });
}

/** What computes. */
export function withDevice<T>(flags: Flags<T>) {
  const group = GROUPS.engine;
  return flags
    .option('device', {
      ...oneOf('device', 'Where to compute', ['auto', 'gpu', 'cpu', 'webgpu', 'wasm', 'cpu-js']),
      group,
      default: 'auto' as const,
    })
    .option('precision', {
      ...oneOf('precision', 'Number format of convolutions and matrix products', ['float32', 'bfloat16']),
      group,
      defaultDescription: 'float32',
    })
    .option('threads', {
      ...wholeNumber('threads', 'CPU threads of the engine', { min: 1, max: 1024 }),
      group,
      defaultDescription: 'all cores',
    });
}

/** `--runs-dir`: where run directories lie. */
export function withRunsDir<T>(flags: Flags<T>) {
  return flags.option('runs-dir', {
    ...text('Folder of the run directories'),
    group: GROUPS.output,
    default: 'runs',
  });
}

/** `--json`: machine-readable output alone on stdout. */
export function withJson<T>(flags: Flags<T>) {
  return flags.option('json', {
    describe: 'Machine-readable output on stdout; text for people goes to stderr',
    type: 'boolean',
    group: GROUPS.output,
    default: false,
  });
}
