import type * as tf from './tf.js';

/** What a training pass needs besides the tensors. */
export interface TrainingPass {
  readonly seed: number;
  /** Counts from 0 over the whole run: keys dropout. */
  readonly step: number;
  /** Takes the new value of a moving statistic, which the pass must not dispose. */
  update(moving: tf.Tensor, value: tf.Tensor): void;
}
