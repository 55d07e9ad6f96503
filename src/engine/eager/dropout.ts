import type { Shape } from '../../model/tensors.js';
import { sizeOf } from '../../model/tensors.js';
import { seededRandom } from '../../random.js';
import * as tf from './tf.js';

/** Where a dropout mask's numbers come from: the same three give the same mask. */
export interface DropoutKey {
  readonly seed: number;
  readonly layer: string;
  readonly step: number;
}

/**
 * The mask of inverted dropout: 0 with probability `rate`, else 1/(1 − rate). tfjs' own seeded dropout would draw the
 * same mask at every step.
 */
export function dropoutMask(shape: Shape, rate: number, { seed, layer, step }: DropoutKey): tf.Tensor {
  const random = seededRandom(seed, 'dropout', layer, step);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(sizeOf(shape));
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform(0, 1) < rate ? 0 : kept;
  return tf.tensor(mask, [...shape]);
}
