import { isMixing } from '../../augment/mix.js';
import type { EngineInfo, TrainerSpec } from '../../engine/engine.js';
import { UsageError } from '../../errors.js';
import type { ImageShape } from '../../image.js';
import type { Model } from '../../model/model.js';
import type { PreparedData } from '../contracts/prepared-data.js';
import type { RunSettings } from '../contracts/settings.js';
import { type EpochPlan, stepsPerCall } from './steps.js';

/** What a run's settings ask of an engine. @throws UsageError where no weight of the model is trained */
export function trainerSpec(
  { config, precision, seed }: RunSettings,
  model: Model,
  data: PreparedData,
  engine: EngineInfo,
): TrainerSpec {
  if (model.trainable.length === 0) {
    throw new UsageError(`model "${model.name}" has nothing to train`, {
      hint: 'Give it a layer with weights, or leave "trainable": false out.',
    });
  }
  const { training, optimizer, onlineAugmentation } = config;
  const { batchSize, labelSmoothing, clipNorm, emaDecay, emaWarmup, lookahead } = training;
  return {
    model,
    optimizer,
    batchSize,
    precision,
    seed,
    pool: data.pool,
    labelSmoothing,
    clipNorm,
    biasLearningRate: optimizer.biasLearningRate ?? 1,
    emaDecay,
    emaWarmup,
    lookahead: lookahead !== undefined,
    onlineAugmentation: onlineAugmentation !== undefined,
    mixing: isMixing(onlineAugmentation),
    stepsPerCall: stepsPerCall(engine, training),
  };
}

/** What a run's settings ask of each epoch. */
export function epochPlan(
  { config, shuffle, seed }: RunSettings,
  data: PreparedData,
  imageShape: ImageShape,
  engine: EngineInfo,
): EpochPlan {
  const { training, onlineAugmentation } = config;
  const { batchSize, epochs, lookahead } = training;
  const { train } = data.split;
  const calls = stepsPerCall(engine, training);
  return { train, batchSize, epochs, shuffle, seed, onlineAugmentation, lookahead, imageShape, stepsPerCall: calls };
}
