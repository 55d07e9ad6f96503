import type { Model } from '../../model/model.js';
import { type NamedTensor, type NamedTensors, sizeOf } from '../../model/tensors.js';
import type { Inspector, Sensitivity } from '../engine.js';
import type { Backend } from './backend.js';
import { scaleBytes } from './images.js';
import { EagerOps } from './ops.js';
import * as tf from './tf.js';

/** The forward pass of a model in tfjs, whose tape differentiates it. */
export class EagerInspector implements Inspector {
  constructor(
    private readonly backend: Backend,
    private readonly model: Model,
    private readonly weights: NamedTensors,
  ) {}

  outputs(images: Uint8Array, layers: readonly string[]): Promise<NamedTensors> {
    return this.backend.run(async () => {
      const kept = new Map<string, tf.Tensor>();
      tf.tidy(() => {
        this.#logits(this.#pixels(images), (layer, output) => {
          if (layers.includes(layer)) kept.set(layer, tf.keep(tf.clone(output)));
          return output;
        });
      });
      const named = new Map<string, NamedTensor>();
      for (const layer of layers) named.set(layer, await read(kept.get(layer) as tf.Tensor));
      return named;
    });
  }

  sensitivity(image: Uint8Array, label: number, layer: string): Promise<Sensitivity> {
    const shape = findShape(this.model, layer);
    return this.backend.run(async () => {
      const kept: tf.Tensor[] = [];
      const grads = tf.tidy(() => {
        // What is added to a layer's output has the gradient of the output itself.
        const score = (pixels: tf.Tensor, probe: tf.Tensor) => {
          const logits = this.#logits(pixels, (name, output) => {
            if (name !== layer) return output;
            kept.push(tf.keep(tf.clone(output)));
            return tf.add(output, probe);
          });
          return tf.sum<tf.Scalar>(tf.slice(logits, [0, label], [1, 1]));
        };
        return tf.grads(score)([this.#pixels(image), tf.zeros([1, ...shape])]);
      });
      const [pixels, gradient] = grads as [tf.Tensor, tf.Tensor];
      const { inputShape } = this.model;
      const of = async (tensor: tf.Tensor, form: readonly number[]) => ({
        shape: form,
        data: (await read(tensor)).data,
      });
      return {
        pixels: await of(pixels, inputShape),
        output: await of(kept[0] as tf.Tensor, shape),
        gradient: await of(gradient, shape),
      };
    });
  }

  dispose(): void {
    // Nothing outlives a call.
  }

  #pixels(images: Uint8Array): tf.Tensor {
    const { inputShape } = this.model;
    return tf.tensor(scaleBytes(images), [images.length / sizeOf(inputShape), ...inputShape]);
  }

  #logits(pixels: tf.Tensor, observe: (layer: string, output: tf.Tensor) => tf.Tensor): tf.Tensor {
    const weights = new Map(
      [...this.weights].map(([name, { shape, data }]) => [name, tf.tensor(data.slice(), [...shape])]),
    );
    return this.model.logits<tf.Tensor>(
      new EagerOps(undefined, observe),
      pixels,
      (name) => weights.get(name) as tf.Tensor,
    );
  }
}

async function read(tensor: tf.Tensor): Promise<NamedTensor> {
  const named = { shape: tensor.shape, data: (await tensor.data<'float32'>()).slice() };
  tensor.dispose();
  return named;
}

function findShape({ layers }: Pick<Model, 'layers'>, name: string): readonly number[] {
  for (const layer of layers) {
    if (layer.name === name) return layer.outputShape;
    if (name.startsWith(`${layer.name}/`)) return findShape({ layers: layer.children }, name);
  }
  throw new Error(`no layer ${name}`);
}
