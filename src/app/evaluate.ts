import type { Tta } from '../augment/views.js';
import type { Context } from '../context.js';
import { datasetFor, openData } from './open-data.js';
import { openTrained, type TrainedModelRequest } from './open-trained.js';
import { chooseTrainedModel } from './trained-model.js';

export interface EvaluateRequest extends TrainedModelRequest {
  /** By the mean over each image and changed copies of it. */
  readonly tta?: Tta | undefined;
  /** So many of the most confident mistakes. */
  readonly mistakes: number;
}

/**
 * Tests a trained model on the test images of its data set.
 *
 * @throws UsageError, DataError, EngineError
 */
export async function evaluate(request: EvaluateRequest, context: Context) {
  const { ema, tta } = request;
  const trained = await chooseTrainedModel(request, context);
  const { spec, test } = await openData(datasetFor(request.data, trained.settings?.dataset), request, context);
  const opened = await openTrained(trained, { dataset: spec, data: test }, request, context);
  const { classifier, engine, precision } = opened;
  const { loss, accuracy, classes, confusion, mistakes } = await classifier.evaluate(tta, request.mistakes);
  classifier.dispose();
  const report = {
    model: trained.config.name,
    weights: trained.path,
    ema,
    tta: tta !== undefined,
    views: tta ?? null,
    engine,
    precision,
    images: test.labels.length,
    synthetic: spec.kind === 'synthetic',
    testLoss: loss,
    testAccuracy: accuracy,
    classes,
    confusion,
  };
  return { report, mistakes };
}
