import { DEFAULT_MODEL } from '../config/defaults.js';
import { type ConfigFlags, resolveConfig } from '../config/resolve.js';
import type { Context } from '../context.js';
import { modelInput } from '../datasets/spec.js';
import type { NamedTensors } from '../model/tensors.js';
import { averagedWeights, loadTrainedModel, type TrainedModel } from '../runs/weights.js';
import { datasetFor } from './open-data.js';

/** A trained model, and which of its weights. */
export interface TrainedModelChoice extends Pick<ConfigFlags, 'model' | 'config' | 'set'> {
  /** A run (name, path, `last`) or a file of weights. */
  readonly run: string;
  readonly runsDir: string;
  readonly checkpoint?: 'last' | 'best' | undefined;
  readonly ema: boolean;
  /** The data set that a file of weights alone is for, whose model is named. */
  readonly data?: string | undefined;
  /** Whether the optimizer's slots are wanted besides. */
  readonly slots?: boolean;
}

/** A trained model with the weights that were chosen of it. */
export type ChosenModel = TrainedModel & { readonly weights: NamedTensors };

/**
 * The model that a run's name or a file stands for, and the weights that were chosen.
 *
 * @throws DataError for what is missing or damaged; UsageError for weights alone without a model
 */
export async function chooseTrainedModel(
  { run, runsDir, checkpoint, ema, model, config, set, data, slots = false }: TrainedModelChoice,
  { warn }: Context,
): Promise<ChosenModel> {
  const [flag] = Object.entries({ '--model': model, '--config': config, '--set': set }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  let asked = false;
  const named = () => {
    asked = true;
    return resolveConfig({ model, config, set }, DEFAULT_MODEL, modelInput(datasetFor(data, undefined)));
  };
  const trained = await loadTrainedModel(run, {
    runsDir,
    checkpoint,
    slots,
    config: model === undefined && config === undefined ? undefined : named,
  });
  if (flag !== undefined && !asked) warn(`${flag} has no effect: a run knows its model`);
  for (const warning of trained.warnings) warn(warning);
  return { ...trained, weights: ema ? averagedWeights(trained) : trained.tensors };
}
