import { type Activation, GELU_APPROXIMATE, LEAKY_SLOPE } from '../../model/ops.js';
import * as tf from './tf.js';

/** Each activation; tfjs differentiates them. */
export const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  leakyRelu: (x) => tf.leakyRelu(x, LEAKY_SLOPE),
  elu: (x) => tf.elu(x),
  // x·Φ(x), the exact form (Hendrycks & Gimpel 2016).
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluApproximate: (x) => {
    const { scale, cubic } = GELU_APPROXIMATE;
    const z = tf.mul(tf.mul(x, scale), tf.add(tf.mul(tf.square(x), cubic), 1));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(z), 1));
  },
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  softmax: (x) => tf.softmax(x),
} satisfies Record<Activation, (x: tf.Tensor) => tf.Tensor>;
