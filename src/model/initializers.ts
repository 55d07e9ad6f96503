import { seededRandom } from '../random.js';
import type { Initializer, WeightSpec } from './layer.js';
import type { Model } from './model.js';
import { sizeOf, type TensorSource } from './tensors.js';

/**
 * First weights, as Keras draws them (in distribution): the same seed and weight name give the same values,
 * whatever other weights the model has.
 */
export function initialWeights(model: Model, seed: number): TensorSource {
  const specs = new Map(model.weights.map((spec) => [spec.name, spec]));
  return {
    shapes: new Map(model.weights.map(({ name, shape }) => [name, shape])),
    read: async (name) => {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`no weight ${name}`);
      return initialValues(spec, seed);
    },
  };
}

function initialValues({ name, shape, initializer }: WeightSpec, seed: number): Float32Array {
  const size = sizeOf(shape);
  if (initializer.kind === 'constant') return new Float32Array(size).fill(initializer.value);
  return glorotUniform(size, initializer, seed, name);
}

type Glorot = Extract<Initializer, { kind: 'glorotUniform' }>;

/** Uniform in ±√(6 / (fanIn + fanOut)) (Glorot & Bengio 2010). */
function glorotUniform(size: number, { fanIn, fanOut }: Glorot, seed: number, name: string): Float32Array {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  const random = seededRandom(seed, 'initializer', name);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = random.uniform(-limit, limit);
  return values;
}
