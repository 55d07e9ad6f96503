import { type Random, seededRandom } from '../random.js';
import type { Initializer, KernelInitializer, WeightSpec } from './layer.js';
import type { Model } from './model.js';
import { type Shape, sizeOf, sourceOf, type TensorSource } from './tensors.js';
import { type ImageSample, whiteningKernels } from './whitening.js';

/**
 * First weights, as Keras draws them (in distribution): the same seed and weight name give the same values,
 * whatever other weights the model has.
 *
 * @param images training images, which some initialisers look at
 */
export function initialWeights(model: Model, seed: number, images?: ImageSample): TensorSource {
  const specs = new Map(model.weights.map((spec) => [spec.name, spec]));
  return {
    shapes: new Map(model.weights.map(({ name, shape }) => [name, shape])),
    pieces: async function* (name) {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`no weight ${name}`);
      const tensor = { shape: spec.shape, data: initialValues(spec, seed, images) };
      yield* sourceOf(new Map([[name, tensor]])).pieces(name);
    },
  };
}

function initialValues({ name, shape, initializer }: WeightSpec, seed: number, images?: ImageSample): Float32Array {
  if (initializer.kind === 'constant') return new Float32Array(sizeOf(shape)).fill(initializer.value);
  return KERNELS[initializer.kind](shape, initializer, seededRandom(seed, 'initializer', name), images);
}

type Fans = Extract<Initializer, { readonly fanIn: number }>;
type Values = (shape: Shape, fans: Fans, random: Random, images?: ImageSample) => Float32Array;

/** The variance of the values, as a fraction. */
type Scale = (fans: Fans) => readonly [numerator: number, denominator: number];

/** Glorot & Bengio 2010, He et al. 2015, LeCun et al. 1998. */
const glorot: Scale = ({ fanIn, fanOut }) => [2, fanIn + fanOut];
const he: Scale = ({ fanIn }) => [2, fanIn];
const lecun: Scale = ({ fanIn }) => [1, fanIn];

const KERNELS: Readonly<Record<KernelInitializer, Values>> = {
  glorotUniform: uniform(glorot),
  glorotNormal: truncatedNormal(glorot),
  heUniform: uniform(he),
  heNormal: truncatedNormal(he),
  lecunUniform: uniform(lecun),
  lecunNormal: truncatedNormal(lecun),
  zeros: (shape) => new Float32Array(sizeOf(shape)),
  // The first filters pass their channel on, as PyTorch's `dirac_`; further ones are drawn, as in airbench.
  dirac(shape, fans, random) {
    const [rows = 1, columns = 1, channels = 1, filters = 1] = shape;
    const middle = (rows >> 1) * columns + (columns >> 1);
    return withFilters(uniform(glorot)(shape, fans, random), filters, Math.min(channels, filters), (cell, filter) =>
      cell === middle * channels + filter ? 1 : 0,
    );
  },
  // As many filters as there are kernels; further ones are drawn.
  whitening(shape, fans, random, images) {
    if (images === undefined) throw new Error('whitening needs training images');
    const [rows = 1, columns = 1, , filters = 1] = shape;
    const kernels = whiteningKernels(images, [rows, columns]);
    return withFilters(
      uniform(glorot)(shape, fans, random),
      filters,
      Math.min(kernels.length, filters),
      (cell, filter) => kernels[filter]?.[cell] ?? 0,
    );
  },
};

/** Uniform in ±√(3 · variance). */
function uniform(scale: Scale): Values {
  return (shape, fans, random) => {
    const [numerator, denominator] = scale(fans);
    const limit = Math.sqrt((3 * numerator) / denominator);
    return new Float32Array(sizeOf(shape)).map(() => random.uniform(-limit, limit));
  };
}

/** The deviation of a standard normal that is cut off at ±2. */
const TRUNCATED = 0.879_625_661_034_239_78;

/** Normal, drawn again beyond two deviations, with the variance after that: Keras' VarianceScaling. */
function truncatedNormal(scale: Scale): Values {
  return (shape, fans, random) => {
    const [numerator, denominator] = scale(fans);
    const deviation = Math.sqrt(numerator / denominator) / TRUNCATED;
    return new Float32Array(sizeOf(shape)).map(() => deviation * truncated(random));
  };
}

/** Box & Muller 1958. */
function truncated(random: Random): number {
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform(0, 1)));
    const value = radius * Math.cos(2 * Math.PI * random.uniform(0, 1));
    if (Math.abs(value) <= 2) return value;
  }
}

/** The first `count` filters, the last dimension of `values`, by cell (row, column, channel). */
function withFilters(
  values: Float32Array,
  filters: number,
  count: number,
  value: (cell: number, filter: number) => number,
): Float32Array {
  return values.map((drawn, i) => (i % filters < count ? value(Math.floor(i / filters), i % filters) : drawn));
}
