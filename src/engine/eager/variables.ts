import type { Shape } from '../../model/tensors.js';
import * as tf from './tf.js';

/** The tensors that live from step to step, by name. It owns them: a replaced one is disposed. */
export class Variables {
  readonly #tensors = new Map<string, tf.Tensor>();

  get(name: string): tf.Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`no variable ${name}`);
    return tensor;
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

  fill(name: string, shape: Shape, value: number): void {
    this.set(name, tf.fill([...shape], value));
  }

  async read(name: string): Promise<Float32Array> {
    return (await this.get(name).data<'float32'>()).slice();
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}
