import { DEFAULT_MODEL, DEFAULT_SEED } from '../../config/defaults.js';
import { type ConfigFlags, resolveConfig, withOverrides } from '../../config/resolve.js';
import type { ModelConfig } from '../../config/schema.js';
import { findDataset, rememberDataset } from '../../data/find.js';
import { type DatasetSpec, modelInput } from '../../datasets/spec.js';
import type { ModelInput } from '../../model/build.js';
import type { RunSettings } from '../../training/contracts/settings.js';
import { requireSameRun } from '../../training/loop/same-run.js';
import type { SettingsChoice } from './request.js';

const DEFAULTS: Omit<RunSettings, 'config' | 'dataset'> = {
  seed: DEFAULT_SEED,
  limit: null,
  augment: 0,
  validation: 'honest',
  shuffle: true,
  precision: 'float32',
};

/** @throws UsageError for a config that makes no model of the data set; DataError for a manifest that is no good */
export function newSettings(choice: SettingsChoice): RunSettings {
  const dataset = findDataset(choice.data ?? 'fashion-mnist');
  const config = resolveConfig(choice, DEFAULT_MODEL, modelInput(dataset));
  return chosen({ ...DEFAULTS, config, dataset: rememberDataset(dataset) }, choice);
}

/**
 * A resumed run's own settings with more epochs where they are asked for.
 *
 * @throws UsageError with each choice that would make it another run
 */
export function resumedSettings(saved: RunSettings, choice: SettingsChoice, dataset: DatasetSpec): RunSettings {
  const config = resumedConfig(saved.config, choice, modelInput(dataset));
  const wanted = chosen({ ...saved, config, dataset: rememberDataset(dataset) }, choice);
  requireSameRun(saved, wanted);
  return wanted;
}

/** A model or config that is named again brings its own training settings; the run's had flags on top of them. */
function resumedConfig(saved: ModelConfig, choice: SettingsChoice, input: ModelInput): ModelConfig {
  if (choice.model === undefined && choice.config === undefined) return withOverrides(saved, choice, input);
  const { epochs, batchSize, validationSplit } = saved.training;
  return resolveConfig({ epochs, batchSize, validationSplit, ...present(choice) }, DEFAULT_MODEL, input);
}

function present(choice: SettingsChoice): ConfigFlags {
  return Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
}

function chosen(settings: RunSettings, choice: SettingsChoice): RunSettings {
  return {
    ...settings,
    seed: choice.seed ?? settings.seed,
    limit: choice.limit ?? settings.limit,
    augment: choice.augment ?? settings.augment,
    validation: choice.validation ?? settings.validation,
    shuffle: choice.shuffle ?? settings.shuffle,
    precision: choice.precision ?? settings.precision,
  };
}
