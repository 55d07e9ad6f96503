import type { Arithmetic } from '../../optimizers/definition.js';
import * as tf from './tf.js';

/** The optimizers' arithmetic in tfjs. */
export const eagerArithmetic: Arithmetic<tf.Tensor> = {
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
  div: (a, b) => tf.div(a, b),
  square: (a) => tf.square(a),
  sqrt: (a) => tf.sqrt(a),
};
