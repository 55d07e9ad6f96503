import type { Tta } from '../augment/views.js';
import type { Context } from '../context.js';
import { portablePrecision } from '../engine/engine.js';
import { openClassifier } from '../training/evaluation/classifier.js';
import { type DataChoice, datasetFor, openData } from './open-data.js';
import { type EngineChoice, openEngine } from './open-engine.js';
import { chooseTrainedModel, type TrainedModelChoice } from './trained-model.js';

export interface EvaluateRequest extends TrainedModelChoice, DataChoice, EngineChoice {
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
  const { config, path, settings, weights } = await chooseTrainedModel(request, context);
  const precision = request.precision ?? portablePrecision(settings?.precision);
  const dataset = await openData(datasetFor(request.data, settings?.dataset), request, context);
  const { engine } = await openEngine({ ...request, precision }, context);
  const classifier = await openClassifier({
    engine,
    config,
    precision,
    tensors: weights,
    source: path,
    dataset: dataset.spec,
    data: dataset.test,
  });
  const { loss, accuracy, classes, confusion, mistakes } = await classifier.evaluate(tta, request.mistakes);
  classifier.dispose();
  const report = {
    model: config.name,
    weights: path,
    ema,
    tta: tta !== undefined,
    views: tta ?? null,
    engine: engine.info,
    precision,
    images: dataset.test.labels.length,
    synthetic: dataset.spec.kind === 'synthetic',
    testLoss: loss,
    testAccuracy: accuracy,
    classes,
    confusion,
  };
  return { report, mistakes };
}
