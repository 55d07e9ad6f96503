import { type ConfigFlags, resolveConfig, withOverrides } from '../config/resolve.js';
import type { ModelConfig } from '../config/schema.js';
import { DEFAULT_MODEL, DEFAULT_SEED } from '../flags/options.js';
import type { RunSettings } from '../training/contracts/settings.js';
import { requireSameRun } from '../training/loop/same-run.js';

/** The flags that decide a run's numbers; undefined where they were not typed. */
export interface SettingsFlags extends ConfigFlags {
  readonly seed?: number | undefined;
  readonly data?: RunSettings['dataset'] | undefined;
  readonly limit?: number | undefined;
  readonly augment?: number | undefined;
  readonly validation?: RunSettings['validation'] | undefined;
  readonly shuffle?: boolean | undefined;
  readonly precision?: RunSettings['precision'] | undefined;
}

const DEFAULTS: Omit<RunSettings, 'config'> = {
  seed: DEFAULT_SEED,
  dataset: 'fashion-mnist',
  limit: null,
  augment: 0,
  validation: 'honest',
  shuffle: true,
  precision: 'float32',
};

/** @throws UsageError for a config that makes no model */
export function newSettings(flags: SettingsFlags): RunSettings {
  return over({ ...DEFAULTS, config: resolveConfig(flags, DEFAULT_MODEL) }, flags);
}

/**
 * A resumed run's own settings with more epochs where they are asked for.
 *
 * @throws UsageError with each flag that would make it another run
 */
export function resumedSettings(saved: RunSettings, flags: SettingsFlags): RunSettings {
  const wanted = over({ ...saved, config: resumedConfig(saved.config, flags) }, flags);
  requireSameRun(saved, wanted);
  return wanted;
}

/** A model or config that is named again brings its own training settings; the run's had flags over them. */
function resumedConfig(saved: ModelConfig, flags: SettingsFlags): ModelConfig {
  if (flags.model === undefined && flags.config === undefined) return withOverrides(saved, flags);
  const { epochs, batchSize, validationSplit } = saved.training;
  return resolveConfig({ epochs, batchSize, validationSplit, ...typed(flags) }, DEFAULT_MODEL);
}

function typed(flags: SettingsFlags): ConfigFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function over(settings: RunSettings, flags: SettingsFlags): RunSettings {
  return {
    config: settings.config,
    seed: flags.seed ?? settings.seed,
    dataset: flags.data ?? settings.dataset,
    limit: flags.limit ?? settings.limit,
    augment: flags.augment ?? settings.augment,
    validation: flags.validation ?? settings.validation,
    shuffle: flags.shuffle ?? settings.shuffle,
    precision: flags.precision ?? settings.precision,
  };
}
