import type { TrainerSpec, TrainStep } from '../engine.js';
import { gatherLabels } from './images.js';
import * as tf from './tf.js';

/**
 * A step's targets, [batch, classes]: (1 − s) · one-hot + s / classes (Szegedy et al. 2016), mixed with those of other images
 * as the step says.
 */
export function stepTargets({ model, pool, labelSmoothing }: TrainerSpec, { indices, mix }: TrainStep): Float32Array {
  const { classes } = model;
  const labels = gatherLabels(pool, indices);
  const own = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  for (const [row, label] of labels.entries())
    own[row * classes + label] = 1 - labelSmoothing + labelSmoothing / classes;
  if (mix === undefined) return own;
  return own.map((value, i) => {
    const row = Math.floor(i / classes);
    const other = own[(mix.partners[row] as number) * classes + (i % classes)] as number;
    return other + (value - other) * (mix.shares[2 * row + 1] as number);
  });
}

/** Each image's cross-entropy from logits, [N]: softmax and logarithm in one, so that nothing overflows. */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));
}
