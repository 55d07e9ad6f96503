import type { Context } from '../context.js';
import { readInputs } from '../data/pictures/inputs.js';
import { portablePrecision } from '../engine/engine.js';
import { openClassifier } from '../training/evaluation/classifier.js';
import { type Prediction, predictions } from '../training/evaluation/prediction.js';
import { type DataChoice, datasetFor, descriptionFor, openData } from './open-data.js';
import { type EngineChoice, openEngine } from './open-engine.js';
import { chooseTrainedModel, type TrainedModelChoice } from './trained-model.js';

export interface PredictRequest extends TrainedModelChoice, DataChoice, EngineChoice {
  /** Files, folders, patterns, or numbers and ranges of test images. */
  readonly images: readonly string[];
  /** How many classes are told of each, the likeliest first. */
  readonly top: number;
}

export interface Predictions {
  /** The model's name. */
  readonly model: string;
  /** The file of its weights. */
  readonly weights: string;
  readonly predictions: readonly Prediction[];
}

/**
 * What a trained model sees on each image.
 *
 * @throws UsageError, DataError, EngineError
 */
export async function predict(request: PredictRequest, context: Context): Promise<Predictions> {
  const { config, path, settings, weights } = await chooseTrainedModel(request, context);
  const dataset = descriptionFor(request.data, settings?.dataset);
  const inputs = await readInputs(request.images, {
    dataset,
    loadTest: once(async () => (await openData(datasetFor(request.data, settings?.dataset), request, context)).test),
    warn: context.warn,
  });
  const precision = request.precision ?? portablePrecision(settings?.precision);
  const { engine } = await openEngine({ ...request, precision }, context);
  const data = { images: inputs[0]?.image.pixels ?? new Uint8Array(), labels: new Uint8Array(1) };
  const classifier = await openClassifier({ engine, config, precision, tensors: weights, source: path, dataset, data });
  const found = await predictions(classifier, inputs, request.top);
  classifier.dispose();
  return { model: config.name, weights: path, predictions: found };
}

/** The same promise each time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
