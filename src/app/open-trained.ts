import type { Context } from '../context.js';
import { portablePrecision } from '../engine/engine.js';
import { type ClassifierOptions, openClassifier } from '../training/evaluation/classifier.js';
import type { DataChoice } from './open-data.js';
import { type EngineChoice, openEngine } from './open-engine.js';
import type { ChosenModel, TrainedModelChoice } from './trained-model.js';

/** A trained model, the images that it looks at, and what computes. */
export interface TrainedModelRequest extends TrainedModelChoice, DataChoice, EngineChoice {}

/**
 * A trained model on an engine, in the precision that was asked for, else in the one that it was trained in.
 *
 * @throws EngineError when the engine is not available; DataError for weights that are not the model's
 */
export async function openTrained(
  { config, path, settings, weights }: ChosenModel,
  { dataset, data }: Pick<ClassifierOptions, 'dataset' | 'data'>,
  request: EngineChoice,
  context: Context,
) {
  const precision = request.precision ?? portablePrecision(settings?.precision);
  const { engine } = await openEngine({ ...request, precision }, context);
  const classifier = await openClassifier({ engine, config, precision, tensors: weights, source: path, dataset, data });
  return { classifier, engine: engine.info, precision };
}
