import fc from 'fast-check';
import { modelConfigSchema } from '../../src/config/schema.js';
import type { ImagePool } from '../../src/engine/engine.js';
import { UsageError } from '../../src/errors.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import type { Model } from '../../src/model/model.js';
import { ACTIVATIONS } from '../../src/model/ops.js';
import type { TensorSource } from '../../src/model/tensors.js';
import { seededRandom } from '../../src/random.js';

/** A small network of any of the layers, with weights off their first values and a batch of noise to train on. */
export interface RandomNetwork {
  readonly layers: readonly unknown[];
  readonly model: Model;
  readonly weights: TensorSource;
  readonly pool: ImagePool;
  readonly batchSize: number;
  readonly labelSmoothing: number;
}

type LayerOptions = { readonly type: string } & Record<string, unknown>;

const activation = fc.constantFrom(...ACTIVATIONS);
const padding = fc.constantFrom('valid', 'same');
const pair = (most: number) => fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most }));

const conv2d = fc.record({
  type: fc.constant('conv2d'),
  filters: fc.integer({ min: 1, max: 4 }),
  kernelSize: pair(3),
  strides: pair(2),
  dilationRate: pair(2),
  padding,
  activation,
  useBias: fc.boolean(),
});

const depthwise = {
  kernelSize: pair(3),
  strides: fc.integer({ min: 1, max: 2 }),
  depthMultiplier: fc.integer({ min: 1, max: 2 }),
  padding,
  activation,
  useBias: fc.boolean(),
};
const depthwiseConv2d = fc.record({ type: fc.constant('depthwiseConv2d'), ...depthwise });
const separableConv2d = fc.record({
  type: fc.constant('separableConv2d'),
  filters: fc.integer({ min: 1, max: 4 }),
  ...depthwise,
});

const squeezeExcitation = fc.record({
  type: fc.constant('squeezeExcitation'),
  ratio: fc.integer({ min: 1, max: 3 }),
  squeezeActivation: activation,
  exciteActivation: activation,
});

const pooling = fc.record({
  type: fc.constantFrom('maxPooling2d', 'averagePooling2d'),
  poolSize: pair(3),
  strides: pair(3),
  padding,
});

const batchNormalization = fc.record({
  type: fc.constant('batchNormalization'),
  momentum: fc.constantFrom(0, 0.5, 0.9, 0.99),
  epsilon: fc.constantFrom(1e-3, 1e-2),
  center: fc.boolean(),
  scale: fc.boolean(),
});

const activationLayer = fc.record({ type: fc.constant('activation'), activation });

// A mask would differ between engines: their random streams are their own.
const dropout = fc.constant({ type: 'dropout', rate: 0 });

const residual = fc.letrec<{ block: LayerOptions; inner: LayerOptions }>((tie) => ({
  inner: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    conv2d,
    depthwiseConv2d,
    squeezeExcitation,
    batchNormalization,
    activationLayer,
    tie('block'),
  ),
  block: fc.record({
    type: fc.constant('residual'),
    layers: fc.array(tie('inner'), { minLength: 1, maxLength: 2 }),
  }),
})).block;

const imageLayer = fc.oneof<fc.Arbitrary<LayerOptions>[]>(
  conv2d,
  conv2d,
  depthwiseConv2d,
  separableConv2d,
  squeezeExcitation,
  pooling,
  batchNormalization,
  activationLayer,
  dropout,
  residual,
);

const toFeatures = fc.constantFrom<LayerOptions>(
  { type: 'flatten' },
  { type: 'globalAveragePooling2d' },
  { type: 'globalMaxPooling2d' },
);

const featureLayer = fc.oneof<fc.Arbitrary<LayerOptions>[]>(
  fc.record({
    type: fc.constant('dense'),
    units: fc.integer({ min: 1, max: 6 }),
    activation,
    useBias: fc.boolean(),
  }),
  batchNormalization,
  activationLayer,
  dropout,
);

const ending = fc.constantFrom<LayerOptions[]>(
  [{ type: 'dense', units: 10, activation: 'softmax' }],
  [
    { type: 'dense', units: 10, useBias: false },
    { type: 'activation', activation: 'softmax' },
  ],
);

const network = fc.record({
  inputShape: fc.tuple(fc.integer({ min: 5, max: 9 }), fc.integer({ min: 5, max: 9 }), fc.integer({ min: 1, max: 2 })),
  images: fc.array(imageLayer, { minLength: 1, maxLength: 5 }),
  toFeatures,
  features: fc.array(featureLayer, { maxLength: 2 }),
  ending,
  batchSize: fc.integer({ min: 2, max: 6 }),
  labelSmoothing: fc.constantFrom(0, 0.1),
  seed: fc.nat(),
});

/** Draws valid networks: of the layers drawn, those that do not fit their input are left out. */
export const randomNetwork: fc.Arbitrary<RandomNetwork> = network.map((drawn) => {
  const tail = [drawn.toFeatures, ...drawn.features, ...drawn.ending];
  const kept: LayerOptions[] = [];
  for (const layer of drawn.images) if (fits([...kept, layer, ...tail], drawn.inputShape)) kept.push(layer);
  // Windows that overlap share their maximum: it is there more than once, and an engine whose vectors round otherwise than
  // the rest of an array tells the equal ones apart.
  const ties = drawn.toFeatures.type === 'globalMaxPooling2d' && kept.some(({ type }) => type === 'maxPooling2d');
  const layers = [...kept, ...(ties ? [{ type: 'flatten' }, ...tail.slice(1)] : tail)];
  return noisyNetwork(layers, drawn);
});

interface NoisyOptions extends Pick<RandomNetwork, 'batchSize' | 'labelSmoothing'> {
  readonly inputShape: readonly number[];
  readonly seed: number;
}

/** A network with random weights and images. */
export function noisyNetwork(layers: readonly LayerOptions[], options: NoisyOptions): RandomNetwork {
  const { inputShape, batchSize, labelSmoothing, seed } = options;
  const model = built(layers, inputShape);
  const [weights, pool] = [scattered(model, seed), noise(model, batchSize, seed)];
  return { layers, model, weights, pool, batchSize, labelSmoothing };
}

function built(layers: readonly LayerOptions[], inputShape: readonly number[]): Model {
  return buildModel(modelConfigSchema.parse({ name: 'random', layers }), { inputShape, classes: 10 });
}

function fits(layers: readonly LayerOptions[], inputShape: readonly number[]): boolean {
  try {
    built(layers, inputShape);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** First weights plus noise, so that biases and normalisation weights are not all alike; variances stay positive. */
function scattered(model: Model, seed: number): TensorSource {
  const first = initialWeights(model, seed);
  return {
    shapes: first.shapes,
    pieces: async function* (name) {
      const random = seededRandom(seed, 'scatter', name);
      for await (const piece of first.pieces(name)) yield piece.map((value) => value + random.uniform(-0.3, 0.3));
    },
  };
}

function noise(model: Model, batchSize: number, seed: number): ImagePool {
  const random = seededRandom(seed, 'noise');
  const size = model.inputShape.reduce((product, n) => product * n, 1);
  return {
    images: Uint8Array.from({ length: batchSize * size }, () => random.below(256)),
    labels: Uint8Array.from({ length: batchSize }, () => random.below(10)),
  };
}
