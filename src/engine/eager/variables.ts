import { averageName } from '../../model/state-names.js';
import type { Shape } from '../../model/tensors.js';
import type { WeightSet } from '../engine.js';
import * as tf from './tf.js';

/** The tensors that live from step to step, by name. It owns them: a replaced one is disposed. */
export class Variables {
  readonly #tensors = new Map<string, tf.Tensor>();

  get(name: string): tf.Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`no variable ${name}`);
    return tensor;
  }

  /** A weight of that set. Moving statistics have no average of their own: they are one already. */
  weight(name: string, set: WeightSet): tf.Tensor {
    return (set === 'ema' && this.#tensors.get(averageName(name))) || this.get(name);
  }

  /** Takes over `tensor`, also out of a `tf.tidy`. */
  set(name: string, tensor: tf.Tensor): void {
    const old = this.#tensors.get(name);
    this.#tensors.set(name, tf.keep(tensor));
    if (old !== tensor) old?.dispose();
  }

  load(name: string, shape: Shape, values: Float32Array): void {
    // tfjs' plain CPU backend keeps the array it is given.
    this.set(name, tf.tensor(values.slice(), [...shape], 'float32'));
  }

  async read(name: string): Promise<Float32Array> {
    return (await this.get(name).data<'float32'>()).slice();
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}
