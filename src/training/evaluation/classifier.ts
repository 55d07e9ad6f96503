import type { Tta } from '../../augment/views.js';
import type { ModelConfig } from '../../config/schema.js';
import { type DatasetDescription, modelInput } from '../../datasets/spec.js';
import { type Engine, PLAIN_TRAINING, type Precision, type Trainer } from '../../engine/engine.js';
import type { LabelledImages } from '../../image.js';
import { buildModel } from '../../model/build.js';
import { fitWeights } from '../../model/fit-weights.js';
import { type NamedTensors, sourceOf } from '../../model/tensors.js';
import type { ClassReport, Mistake } from '../contracts/events.js';
import { testReport } from './metrics.js';
import { testTimeAugmented } from './tta.js';

/** How well a model does on labelled images. */
export interface TestReport {
  /** Mean cross-entropy. */
  readonly loss: number;
  readonly accuracy: number;
  readonly classes: readonly ClassReport[];
  /** rows: true class, columns: predicted. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Mistake[];
}

/** A trained model on an engine. */
export interface Classifier {
  /** What its images and classes are. */
  readonly dataset: DatasetDescription;
  /** `tta`: by the mean of the probabilities of each image and its changed copies. */
  evaluate(tta: Tta | undefined, mistakes: number): Promise<TestReport>;
  /** [N, H, W, C] bytes → [N, classes] probabilities. */
  predict(images: Uint8Array): Promise<Float32Array>;
  dispose(): void;
}

export interface ClassifierOptions {
  readonly engine: Engine;
  readonly config: ModelConfig;
  readonly precision: Precision;
  /** As a checkpoint or file has them; `source` names it in errors. */
  readonly tensors: NamedTensors;
  readonly source: string;
  readonly dataset: DatasetDescription;
  /** What `evaluate` tests it on. */
  readonly data: LabelledImages;
}

/**
 * Puts a trained model on an engine.
 *
 * @throws {import('../../errors.js').DataError} when the weights do not fit the model.
 */
export async function openClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { engine, config, precision, tensors, source, dataset, data } = options;
  const model = buildModel(config, modelInput(dataset));
  const weights = fitWeights(model, tensors, source);
  const trainer = await engine.trainer({
    ...PLAIN_TRAINING,
    model,
    // Nothing is trained: an optimizer without slots, which may be twice the weights, is enough.
    optimizer: { type: 'sgd', momentum: 0, nesterov: false },
    batchSize: config.training.batchSize,
    precision,
    seed: 0,
    pool: data,
  });
  await trainer.setWeights(sourceOf(weights));
  return {
    dataset,
    evaluate: (tta, mistakes) => evaluate(trainer, dataset, data, tta, mistakes),
    predict: (images) => trainer.predict(images),
    dispose: () => trainer.dispose(),
  };
}

async function evaluate(
  trainer: Trainer,
  dataset: DatasetDescription,
  data: LabelledImages,
  tta: Tta | undefined,
  most: number,
): Promise<TestReport> {
  const plain = await trainer.evaluate(Int32Array.from(data.labels, (_, index) => index));
  const predict = (images: Uint8Array) => trainer.predict(images);
  const { loss, accuracy, probabilities } =
    tta === undefined ? plain : await testTimeAugmented(tta, plain.probabilities, data, dataset.imageShape, predict);
  return { loss, accuracy, ...testReport(probabilities, data, dataset, most) };
}
