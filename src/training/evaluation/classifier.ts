import type { ModelConfig } from '../../config/schema.js';
import { type DatasetDescription, modelInput } from '../../datasets/spec.js';
import { type Engine, PLAIN_TRAINING, type Precision, type Trainer } from '../../engine/engine.js';
import type { ImageShape, LabelledImages } from '../../image.js';
import { buildModel } from '../../model/build.js';
import { fitWeights } from '../../model/fit-weights.js';
import { type NamedTensors, sourceOf } from '../../model/tensors.js';
import type { ClassReport, Mistake } from '../contracts/events.js';
import { testReport } from './metrics.js';

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
  /** `flip`: the mean of the probabilities of each image and its mirror image (test-time augmentation). */
  evaluate(flip: boolean, mistakes: number): Promise<TestReport>;
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
    evaluate: (flip, mistakes) => evaluate(trainer, dataset, data, flip, mistakes),
    predict: (images) => trainer.predict(images),
    dispose: () => trainer.dispose(),
  };
}

async function evaluate(
  trainer: Trainer,
  dataset: DatasetDescription,
  data: LabelledImages,
  flip: boolean,
  most: number,
): Promise<TestReport> {
  const plain = await trainer.evaluate(Int32Array.from(data.labels, (_, index) => index));
  const probabilities = flip
    ? mean(plain.probabilities, await trainer.predict(mirrored(data.images, dataset.imageShape)))
    : plain.probabilities;
  const report = testReport(probabilities, data, dataset, most);
  const hits = report.confusion.reduce((sum, row, actual) => sum + (row[actual] ?? 0), 0);
  return {
    loss: flip ? crossEntropy(probabilities, data.labels, dataset.classes.length) : plain.loss,
    accuracy: flip ? hits / data.labels.length : plain.accuracy,
    ...report,
  };
}

function mean(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => (value + (b[i] ?? 0)) / 2);
}

/** Keras' clipping of probabilities. */
const EPSILON = 1e-7;

function crossEntropy(probabilities: Float32Array, labels: Uint8Array, classes: number): number {
  const losses = Array.from(labels, (label, i) => {
    const probability = probabilities[i * classes + label] ?? 0;
    return -Math.log(Math.max(probability, EPSILON));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}

/** Each image with left and right exchanged. */
function mirrored(images: Uint8Array, [, width, channels]: ImageShape): Uint8Array {
  return images.map((_, i) => {
    const channel = i % channels;
    const pixel = (i - channel) / channels;
    const column = pixel % width;
    return images[(pixel + width - 1 - 2 * column) * channels + channel] ?? 0;
  });
}
