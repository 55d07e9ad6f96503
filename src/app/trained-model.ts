import type { NamedTensors } from '../model/tensors.js';
import type { TrainedModel } from '../runs/weights.js';

export interface TrainedModelFlags {
  readonly runsDir: string;
  readonly checkpoint: 'last' | 'best' | undefined;
  readonly ema: boolean;
  readonly model?: string | undefined;
  readonly config?: string | undefined;
}

/**
 * The model that a run's name or a file stands for, and the weights that the flags choose. Warnings go to stderr.
 *
 * @throws DataError for what is missing or damaged; UsageError for weights alone without a model
 */
export async function chooseTrainedModel(
  target: string,
  { runsDir, checkpoint, ema, model, config }: TrainedModelFlags,
): Promise<TrainedModel & { readonly weights: NamedTensors }> {
  const { averagedWeights, loadTrainedModel } = await import('../runs/weights.js');
  const { resolveConfig } = await import('../config/resolve.js');
  const { DEFAULT_MODEL } = await import('../flags/options.js');
  const named = model !== undefined || config !== undefined;
  const trained = await loadTrainedModel(target, {
    runsDir,
    checkpoint,
    config: named ? () => resolveConfig({ model, config }, DEFAULT_MODEL) : undefined,
  });
  for (const warning of trained.warnings) process.stderr.write(`warning: ${warning}\n`);
  return { ...trained, weights: ema ? averagedWeights(trained) : trained.tensors };
}
