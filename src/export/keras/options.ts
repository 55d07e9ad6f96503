import type { Operation } from '../../model/layers/definition.js';
import { plainLayers } from '../../model/layers/registry.js';
import type { Activation } from '../../model/ops.js';
import { isOperation, type NetworkLayer } from '../network.js';
import { kerasArguments } from './arguments.js';

/** A layer as Keras' JSON has it, which tfjs reads too. */
export interface KerasLayer {
  readonly className: string;
  /** Besides `name` and `dtype`; what is left out has Keras' default. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** An activation as the runtime's JSON has it: a name, or an object. */
export type ActivationName = (kind: Activation) => unknown;

/** Keras has no name for the approximate gelu, but loads, as it saves, an operation in place of a name. */
const GELU_OPERATION = {
  module: 'keras.src.ops.nn',
  class_name: 'Gelu',
  config: { approximate: true },
  registered_name: 'Gelu',
} as const;

/** In Keras 3, whose leaky_relu has our slope of 0.2 and whose gelu is the exact one. */
export const KERAS_ACTIVATIONS = {
  linear: 'linear',
  relu: 'relu',
  leakyRelu: 'leaky_relu',
  elu: 'elu',
  gelu: 'gelu',
  geluApproximate: GELU_OPERATION,
  silu: 'silu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  softmax: 'softmax',
} as const satisfies Record<Activation, unknown>;

const OPERATIONS: Readonly<Record<Operation['type'], (config: Operation) => KerasLayer>> = {
  add: () => ({ className: 'Add', options: {} }),
  multiply: () => ({ className: 'Multiply', options: {} }),
  reshape: (config) => ({ className: 'Reshape', options: 'shape' in config ? { target_shape: config.shape } : {} }),
};

/**
 * Options and arguments have the same names, and the defaults are the same.
 *
 * @param activation an activation in the runtime's JSON
 */
export function kerasLayer(config: NetworkLayer['config'], activation: ActivationName): KerasLayer {
  if (isOperation(config)) return OPERATIONS[config.type](config);
  const { kerasName, kerasOptions } = plainLayers[config.type];
  const { type: _type, name: _name, ...all } = config;
  // What weights start as is of no use to a trained model, and dirac and whitening are nothing that Keras knows.
  const options = Object.fromEntries(Object.entries(all).filter(([name]) => !name.endsWith('Initializer')));
  const activated = 'activation' in config ? { activation: activation(config.activation) } : {};
  return { className: kerasName, options: { ...kerasArguments({ ...options, ...activated }), ...kerasOptions } };
}
