import { slowName } from '../../model/state-names.js';
import type { TrainerSpec } from '../engine.js';
import * as tf from './tf.js';
import type { Variables } from './variables.js';

/** slow += rate · (weight − slow), then weight = slow (Zhang et al. 2019). */
export function lookahead({ model }: TrainerSpec, variables: Variables, rate: number): void {
  for (const { name } of model.trainable) {
    const slow = variables.get(slowName(name));
    const moved = tf.sub(slow, tf.mul(tf.sub(slow, variables.get(name)), rate));
    variables.set(slowName(name), moved);
    variables.set(name, tf.clone(moved));
  }
}
