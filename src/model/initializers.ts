import { type Random, seededRandom } from '../random.js';
import type { Initializer, KernelInitializer, WeightSpec } from './layer.js';
import type { Model } from './model.js';
import { filledPieces, type Shape, type TensorSource } from './tensors.js';
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
      const value = firstValues(spec, seed, images);
      yield* filledPieces(spec.shape, (piece, begin) => {
        for (let i = 0; i < piece.length; i++) piece[i] = value(begin + i);
      });
    },
  };
}

/** The value at an index. Asked for all in order: drawing takes random numbers one after the other. */
type Values = (i: number) => number;

function firstValues({ name, shape, initializer }: WeightSpec, seed: number, images?: ImageSample): Values {
  if (initializer.kind === 'constant') return () => initializer.value;
  return KERNELS[initializer.kind](shape, initializer, seededRandom(seed, 'initializer', name), images);
}

type Fans = Extract<Initializer, { readonly fanIn: number }>;
type KernelValues = (shape: Shape, fans: Fans, random: Random, images?: ImageSample) => Values;

/** The variance of the values, as a fraction. */
type Scale = (fans: Fans) => readonly [numerator: number, denominator: number];

/** Glorot & Bengio 2010, He et al. 2015, LeCun et al. 1998. */
const glorot: Scale = ({ fanIn, fanOut }) => [2, fanIn + fanOut];
const he: Scale = ({ fanIn }) => [2, fanIn];
const lecun: Scale = ({ fanIn }) => [1, fanIn];

const KERNELS: Readonly<Record<KernelInitializer, KernelValues>> = {
  glorotUniform: uniform(glorot),
  glorotNormal: truncatedNormal(glorot),
  heUniform: uniform(he),
  heNormal: truncatedNormal(he),
  lecunUniform: uniform(lecun),
  lecunNormal: truncatedNormal(lecun),
  zeros: () => () => 0,
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
function uniform(scale: Scale): KernelValues {
  return (_shape, fans, random) => {
    const [numerator, denominator] = scale(fans);
    const limit = Math.sqrt((3 * numerator) / denominator);
    return () => random.uniform(-limit, limit);
  };
}

/** The deviation of a standard normal that is cut off at ±2. */
const TRUNCATED = 0.879_625_661_034_239_78;

/** Normal, drawn again beyond two deviations, with the variance after that: Keras' VarianceScaling. */
function truncatedNormal(scale: Scale): KernelValues {
  return (_shape, fans, random) => {
    const [numerator, denominator] = scale(fans);
    const deviation = Math.sqrt(numerator / denominator) / TRUNCATED;
    return () => deviation * truncated(random);
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

/** The first `count` filters, the last dimension, by cell (row, column, channel); the others as drawn. */
function withFilters(
  drawn: Values,
  filters: number,
  count: number,
  value: (cell: number, filter: number) => number,
): Values {
  return (i) => {
    // Drawn in any case: what comes after it must not change.
    const other = drawn(i);
    return i % filters < count ? value(Math.floor(i / filters), i % filters) : other;
  };
}
