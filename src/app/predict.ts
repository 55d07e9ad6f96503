import type { Context } from '../context.js';
import { type Prediction, predictions } from '../training/evaluation/prediction.js';
import { openTrained, type TrainedModelRequest } from './open-trained.js';
import { readPictures } from './read-pictures.js';
import { chooseTrainedModel } from './trained-model.js';

export interface PredictRequest extends TrainedModelRequest {
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
  const trained = await chooseTrainedModel(request, context);
  const { dataset, inputs } = await readPictures(request.images, trained, request, context);
  const data = { images: inputs[0]?.image.pixels ?? new Uint8Array(), labels: new Uint8Array(1) };
  const { classifier } = await openTrained(trained, { dataset, data }, request, context);
  const found = await predictions(classifier, inputs, request.top);
  classifier.dispose();
  return { model: trained.config.name, weights: trained.path, predictions: found };
}
