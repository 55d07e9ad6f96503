import { UsageError } from '../errors.js';
import type { ModelInput } from '../model/build.js';
import { assignAll, parseAssignment } from './assignments.js';
import { DEFAULT_MODEL } from './defaults.js';
import { requireUse } from './idle.js';
import { loadConfig, parseConfig, readConfig } from './load.js';
import { numberProblems } from './numbers.js';
import type { ModelConfig } from './schema.js';

/** Flags (already merged with `FMNIST_*`) that choose a config and go over its settings. */
export interface ConfigFlags {
  readonly model?: string | undefined;
  readonly config?: string | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly validationSplit?: number | undefined;
  /** `path=value` each, put into the config before it is checked. */
  readonly set?: readonly string[] | undefined;
}

/**
 * The config that a command works with: flags and environment over the `--config` file over the defaults. With
 * both `model` and `config` the model gives name and layers and the file every other setting.
 * @param input the images and classes that it is for; Fashion-MNIST's when left out
 * @throws UsageError with all problems at once.
 */
export function resolveConfig(flags: ConfigFlags, defaultModel = DEFAULT_MODEL, input?: ModelInput): ModelConfig {
  return withOverrides(chooseConfig(flags, defaultModel, input), flags, input);
}

function chooseConfig({ model, config }: ConfigFlags, defaultModel: string, input?: ModelInput): ModelConfig {
  if (config === undefined) return loadConfig(model ?? defaultModel, input);
  if (model === undefined) return loadConfig(config, input);
  const { name, description, layers } = loadConfig(model, input);
  const settings = readConfig(config);
  const merged =
    typeof settings === 'object' && settings !== null ? { ...settings, name, description, layers } : settings;
  return parseConfig(merged, config, input);
}

/**
 * Flags over a config that is there already: `--set` first, then those that have a name of their own.
 * @throws UsageError when `--set` makes it no config, or sets what the config does not use.
 */
export function withOverrides(base: ModelConfig, flags: ConfigFlags, input?: ModelInput): ModelConfig {
  const set = (flags.set ?? []).map(parseAssignment);
  const config = set.length === 0 ? base : parseConfig(assignAll(base, set), base.name, input);
  requireUse(config, set);
  const { training, optimizer, schedule } = config;
  const learningRate = flags.learningRate ?? optimizer.learningRate;
  return requireNumbers({
    ...config,
    optimizer: { ...optimizer, learningRate },
    // One-cycle has a peak of its own, and whoever sets the rate on the command line means that.
    schedule:
      schedule.type === 'oneCycle' && flags.learningRate !== undefined
        ? { ...schedule, maxLearningRate: flags.learningRate }
        : schedule,
    training: {
      ...training,
      epochs: flags.epochs ?? training.epochs,
      batchSize: flags.batchSize ?? training.batchSize,
      validationSplit: flags.validationSplit ?? training.validationSplit,
    },
  });
}

function requireNumbers(config: ModelConfig): ModelConfig {
  const problems = numberProblems(config);
  if (problems.length === 0) return config;
  throw new UsageError(`the settings of ${config.name} do not fit together`, {
    problems,
    hint: 'Change them in the config, or by --epochs, --learning-rate and --set.',
  });
}
