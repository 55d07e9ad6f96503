import { plainLayers } from '../../model/layers/registry.js';
import type { Activation } from '../../model/ops.js';
import type { NetworkLayer } from '../network.js';
import { both, type Size } from '../windows.js';

type Config = NetworkLayer['config'];

/** A layer as Keras' JSON has it, which tfjs reads too. */
export interface KerasLayer {
  readonly className: string;
  /** Besides `name` and `dtype`; what is left out has Keras' default. */
  readonly options: Readonly<Record<string, unknown>>;
}

export type ActivationName = (kind: Activation) => string;

/** Names in Keras 3, whose leaky_relu has our slope of 0.2 and whose gelu is the exact one. */
export const KERAS_ACTIVATIONS = {
  linear: 'linear',
  relu: 'relu',
  leakyRelu: 'leaky_relu',
  elu: 'elu',
  gelu: 'gelu',
  silu: 'silu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  softmax: 'softmax',
} as const satisfies Record<Activation, string>;

const LAST = { data_format: 'channels_last' } as const;

type Options = {
  [Type in Config['type']]: (
    config: Extract<Config, { type: Type }>,
    activation: ActivationName,
  ) => KerasLayer['options'];
};

const OPTIONS: Options = {
  conv2d: ({ filters, kernelSize, strides, padding, dilationRate, activation, useBias }, name) => ({
    filters,
    kernel_size: both(kernelSize),
    strides: both(strides),
    padding,
    dilation_rate: both(dilationRate),
    activation: name(activation),
    use_bias: useBias,
    ...LAST,
  }),
  dense: ({ units, activation, useBias }, name) => ({ units, activation: name(activation), use_bias: useBias }),
  maxPooling2d: pooling,
  averagePooling2d: pooling,
  globalAveragePooling2d: () => LAST,
  globalMaxPooling2d: () => LAST,
  batchNormalization: ({ momentum, epsilon, center, scale }) => ({ axis: -1, momentum, epsilon, center, scale }),
  activation: ({ activation }, name) => ({ activation: name(activation) }),
  dropout: ({ rate }) => ({ rate }),
  flatten: () => LAST,
  add: () => ({}),
};

function pooling({ poolSize, strides, padding }: { poolSize: Size; strides?: Size | undefined; padding: string }) {
  return { pool_size: both(poolSize), strides: both(strides ?? poolSize), padding, ...LAST };
}

/** @param activation the runtime's name of an activation */
export function kerasLayer(config: Config, activation: ActivationName): KerasLayer {
  // The table pairs each type with its own config; TypeScript cannot follow that through an index.
  const options = OPTIONS[config.type] as (config: Config, activation: ActivationName) => KerasLayer['options'];
  const className = config.type === 'add' ? 'Add' : plainLayers[config.type].kerasName;
  return { className, options: options(config, activation) };
}
