import fc from 'fast-check';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import type { ModelConfig } from '../../src/config/schema.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import type { Engine, ImagePool } from '../../src/engine/engine.js';
import type { TrainedClassifier } from '../../src/export/format.js';
import { imageSize } from '../../src/image.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import type { Model } from '../../src/model/model.js';
import { type NamedTensors, readAll, sizeOf, type TensorSource } from '../../src/model/tensors.js';
import { seededRandom } from '../../src/random.js';
import { nativeEngine } from './engine.js';
import { PLAIN } from './engines.js';
import { FASHION_MNIST } from './model-input.js';
import { randomNetwork } from './random-network.js';
import { realDataset } from './real-data.js';

/** A model to export, with images and what the native engine says of them. */
export interface ExportCase {
  readonly name: string;
  readonly classifier: TrainedClassifier;
  /** [N, height, width, channels] bytes. */
  readonly images: Uint8Array;
  readonly count: number;
  /** [N, classes] */
  readonly expected: Float32Array;
}

/** Batch normalisation with and without its weights, nested blocks, projections with strides, dilation, odd activations. */
const RESIDUAL = {
  name: 'residual',
  layers: [
    { type: 'conv2d', filters: 8, kernelSize: 3, padding: 'same', strides: 2, useBias: false },
    { type: 'batchNormalization', scale: false, momentum: 0.6 },
    { type: 'activation', activation: 'gelu' },
    {
      type: 'residual',
      name: 'down',
      layers: [
        { type: 'conv2d', filters: 12, kernelSize: 3, padding: 'same', strides: 2, activation: 'leakyRelu' },
        {
          type: 'residual',
          name: 'inner',
          layers: [
            { type: 'conv2d', filters: 16, kernelSize: 3, padding: 'same', dilationRate: 2, activation: 'silu' },
            { type: 'batchNormalization', center: false, momentum: 0.6 },
          ],
        },
        { type: 'conv2d', filters: 12, kernelSize: 1, activation: 'elu' },
      ],
    },
    { type: 'averagePooling2d', poolSize: 3, strides: 2, padding: 'same' },
    { type: 'flatten' },
    { type: 'dropout', rate: 0.2 },
    { type: 'dense', units: 32, activation: 'geluApproximate' },
    { type: 'batchNormalization', momentum: 0.6 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
  training: { emaDecay: 0.9, labelSmoothing: 0.1 },
};

/** Maps of several channels become the classes without a dense layer that could take them in any order. */
const FLATTENED = {
  name: 'flattened',
  layers: [
    { type: 'conv2d', filters: 5, kernelSize: 3, padding: 'same', activation: 'relu' },
    { type: 'averagePooling2d', poolSize: [28, 14] },
    { type: 'flatten' },
    { type: 'activation', activation: 'softmax' },
  ],
};

/** Networks that people train, and one that nobody does, after a few steps on real images, with the first `count` test images. */
export async function trainedCases(count: number): Promise<ExportCase[]> {
  const configs = [
    loadConfig('conv-pool'),
    loadConfig('vgg7'),
    ...[RESIDUAL, FLATTENED].map((one) => parseConfig(one, 'test')),
  ];
  const cases: ExportCase[] = [];
  for (const config of configs) cases.push(await trainedCase(config, count));
  return cases;
}

const LABELS = { classes: fashionMnist.classes, onBlack: fashionMnist.onBlack };
const STEPS = 12;

export async function trainedCase(config: ModelConfig, count: number): Promise<ExportCase> {
  const { train, test } = await realDataset();
  const model = buildModel(config, FASHION_MNIST);
  const engine = await nativeEngine();
  const spec = { ...PLAIN, emaDecay: config.training.emaDecay, model, optimizer: config.optimizer };
  const trainer = await engine.trainer({ ...spec, batchSize: 32, pool: train });
  await trainer.setWeights(initialWeights(model, 14));
  const { learningRate } = config.optimizer;
  const indices = (step: number) => Int32Array.from({ length: 32 }, (_, i) => step * 32 + i);
  await trainer.train(Array.from({ length: STEPS }, (_, step) => ({ indices: indices(step), step, learningRate })));
  const state = await readAll(trainer.state());
  const images = test.images.subarray(0, count * imageSize(fashionMnist.imageShape));
  const expected = await trainer.predict(images);
  trainer.dispose();
  const weights: NamedTensors = new Map(
    [...state].filter(([name]) => model.weights.some((spec) => spec.name === name)),
  );
  const optimizer = { slots: state, steps: STEPS, learningRate };
  const classifier = { config, model, weights, ...LABELS, input: 'bytes', optimizer } as const;
  return { name: config.name, classifier, images, count, expected };
}

/** Networks of the whole vocabulary with noise for images. */
export async function randomCases(networks: number, count: number): Promise<ExportCase[]> {
  const engine = await nativeEngine();
  const drawn = fc.sample(randomNetwork, { numRuns: networks, seed: 14 });
  const cases: ExportCase[] = [];
  for (const [i, { layers, model, weights: source }] of drawn.entries()) {
    const config = parseConfig({ name: `random-${i}`, layers }, 'test');
    const random = seededRandom(i, 'export');
    const images = Uint8Array.from({ length: count * sizeOf(model.inputShape) }, () => random.below(256));
    const input = i % 2 === 0 ? 'bytes' : 'unit';
    const weights = await readAll(source);
    const classifier = { config, model, weights, ...LABELS, input, optimizer: undefined } as const;
    const pool = { images, labels: new Uint8Array(count) };
    const expected = await predictions(engine, config, model, source, pool);
    cases.push({ name: config.name, classifier, images, count, expected });
  }
  return cases;
}

async function predictions(
  engine: Engine,
  { optimizer }: ModelConfig,
  model: Model,
  weights: TensorSource,
  pool: ImagePool,
): Promise<Float32Array> {
  const trainer = await engine.trainer({ ...PLAIN, model, optimizer, batchSize: 1, pool });
  await trainer.setWeights(weights);
  const probabilities = await trainer.predict(pool.images);
  trainer.dispose();
  return probabilities;
}
