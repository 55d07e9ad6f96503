import type { WeightSpec } from '../../model/layer.js';
import type { TrainedClassifier } from '../format.js';
import { IMAGES, type NetworkLayer } from '../network.js';
import { type ActivationName, kerasLayer } from './options.js';

/** A layer that another takes from, with its output. */
export interface Source {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A layer as Keras' models list it. */
export interface KerasModelLayer {
  readonly name: string;
  readonly className: string;
  /** Its config besides the name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Source[];
  readonly weights: readonly WeightSpec[];
}

/** What tells Keras 3 from tfjs, which reads Keras 2. */
export interface Dialect {
  readonly activation: ActivationName;
  /** The input's type where the model takes bytes. */
  readonly bytes: string;
  /** What the input layer calls its shape. */
  readonly inputShape: string;
}

/** The input, the division by 255 where the model takes bytes, then the network. */
export function kerasModelLayers(
  { model, input }: TrainedClassifier,
  network: readonly NetworkLayer[],
  { activation, bytes, inputShape }: Dialect,
): KerasModelLayer[] {
  const dtype = input === 'bytes' ? bytes : 'float32';
  const images: KerasModelLayer = {
    name: IMAGES,
    className: 'InputLayer',
    options: { [inputShape]: [null, ...model.inputShape], dtype },
    inputs: [],
    weights: [],
  };
  const rescaling: KerasModelLayer = {
    name: freeName('rescaling', network),
    className: 'Rescaling',
    options: { scale: 1 / 255, offset: 0, dtype: 'float32' },
    inputs: [{ name: IMAGES, shape: model.inputShape, dtype }],
    weights: [],
  };
  const beginning = input === 'bytes' ? [images, rescaling] : [images];
  const first = beginning.at(-1)?.name ?? IMAGES;
  const shapes = new Map(network.map(({ name, outputShape }) => [name, outputShape]));
  return [
    ...beginning,
    ...network.map(({ name, config, inputs, weights }) => {
      const { className, options } = kerasLayer(config, activation);
      const sources = inputs.map((from) => ({
        name: from === IMAGES ? first : from,
        shape: shapes.get(from) ?? model.inputShape,
        dtype: 'float32',
      }));
      return { name, className, options: { ...options, dtype: 'float32' }, inputs: sources, weights };
    }),
  ];
}

function freeName(base: string, network: readonly NetworkLayer[]): string {
  let name = base;
  while (network.some((layer) => layer.name === name)) name += '_';
  return name;
}
