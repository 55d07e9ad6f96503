import type { BatchNormOptions, BatchNormWeights } from '../../model/ops.js';
import * as tf from './tf.js';

/** Statistics over all but the last dimension, [C]; the variance is the biased one. */
export interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

export function batchStatistics(x: tf.Tensor): Statistics {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const mean = tf.mean(x, axes);
  return { mean, variance: tf.mean(tf.square(tf.sub(x, mean)), axes) };
}

/** γ · (x − mean) / √(variance + ε) + β (Ioffe & Szegedy 2015), over the last dimension. */
export function normalise(
  x: tf.Tensor,
  { mean, variance }: Statistics,
  { gamma, beta }: BatchNormWeights<tf.Tensor>,
  { epsilon }: BatchNormOptions,
): tf.Tensor {
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const scaled = tf.mul(tf.sub(x, mean), gamma ? tf.mul(inverse, gamma) : inverse);
  return beta ? tf.add(scaled, beta) : scaled;
}

/** momentum · moving + (1 − momentum) · batch. */
export function moveStatistic(moving: tf.Tensor, batch: tf.Tensor, momentum: number): tf.Tensor {
  return tf.add(tf.mul(moving, momentum), tf.mul(batch, 1 - momentum));
}
