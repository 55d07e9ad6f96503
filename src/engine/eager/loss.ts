import * as tf from './tf.js';

/** [N] labels → [N, classes] targets (1 − s) · one-hot + s / classes (Szegedy et al. 2016). */
export function smoothedTargets(labels: Int32Array, classes: number, smoothing: number): tf.Tensor2D {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, row) => {
    targets[row * classes + label] = 1 - smoothing + smoothing / classes;
  });
  return tf.tensor2d(targets, [labels.length, classes]);
}

/** Each image's cross-entropy from logits, [N]: softmax and logarithm in one, so that nothing overflows. */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));
}
