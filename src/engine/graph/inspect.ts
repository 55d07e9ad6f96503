import type { Model } from '../../model/model.js';
import { type NamedTensor, type NamedTensors, sizeOf } from '../../model/tensors.js';
import type { Inspector, Sensitivity } from '../engine.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { Graph, type GraphTensor } from './graph.js';
import { scaleBytes } from './images.js';
import { GraphOps } from './ops.js';
import { type Feed, Session } from './session.js';
import { Tape } from './tape.js';

/** The forward pass of a model with every layer's output and the gradients by them. TensorFlow computes what is fetched. */
export class GraphInspector implements Inspector {
  readonly #session: Session;
  readonly #images: GraphTensor;
  /** [N, classes]: what is asked of each logit, 1 for the class in question. */
  readonly #asked: GraphTensor;
  readonly #weights: readonly Feed[];
  readonly #outputs = new Map<string, GraphTensor>();
  readonly #gradients: ReadonlyMap<string, GraphTensor>;
  readonly #pixelGradient: GraphTensor;

  constructor(
    binding: TensorFlowBinding,
    private readonly model: Model,
    weights: NamedTensors,
  ) {
    const g = new Graph();
    const tape = new Tape(g);
    const observe = (layer: string, output: GraphTensor) => {
      this.#outputs.set(layer, output);
      return output;
    };
    const fed = new Map(model.weights.map(({ name, shape }) => [name, g.placeholder('float', shape)]));
    this.#weights = model.weights.map(({ name, shape }): Feed => {
      return [fed.get(name) as GraphTensor, weights.get(name)?.data as Float32Array, shape];
    });
    this.#images = g.placeholder('uint8', [-1, ...model.inputShape]);
    this.#asked = g.placeholder('float', [-1, model.classes]);
    const pixels = scaleBytes(g, this.#images);
    const ops = new GraphOps(g, 'float', undefined, { tape, observe });
    const logits = model.logits(ops, pixels, (name) => fed.get(name) as GraphTensor);
    const layers = [...this.#outputs];
    const wanted = [pixels, ...layers.map(([, output]) => output)];
    // What is fed cannot be fetched, and by the logits this is the gradient.
    const asked = g.after(this.#asked, []);
    const [first, ...rest] = tape.gradients(logits, asked, wanted) as [GraphTensor, ...GraphTensor[]];
    this.#pixelGradient = first;
    this.#gradients = new Map(layers.map(([name], i) => [name, rest[i] as GraphTensor]));
    this.#session = new Session(binding, g);
  }

  async outputs(images: Uint8Array, layers: readonly string[]): Promise<NamedTensors> {
    const n = images.length / sizeOf(this.model.inputShape);
    const wanted = layers.map((layer) => this.#outputs.get(layer) as GraphTensor);
    const feeds: Feed[] = [...this.#weights, [this.#images, images, [n, ...this.model.inputShape]]];
    const values = this.#session.run(feeds, wanted);
    return new Map(
      layers.map((layer, i) => {
        const shape = [n, ...(wanted[i]?.shape.slice(1) ?? [])];
        return [layer, { shape, data: values[i] as Float32Array }];
      }),
    );
  }

  async sensitivity(image: Uint8Array, label: number, layer: string): Promise<Sensitivity> {
    const { inputShape, classes } = this.model;
    const asked = Float32Array.from({ length: classes }, (_, c) => (c === label ? 1 : 0));
    const feeds: Feed[] = [
      ...this.#weights,
      [this.#images, image, [1, ...inputShape]],
      [this.#asked, asked, [1, classes]],
    ];
    const output = this.#outputs.get(layer) as GraphTensor;
    const fetches = [this.#pixelGradient, output, this.#gradients.get(layer) as GraphTensor];
    const [pixels, value, gradient] = this.#session.run(feeds, fetches) as [Float32Array, Float32Array, Float32Array];
    const shape = output.shape.slice(1);
    const named = (data: Float32Array, of = shape): NamedTensor => ({ shape: of, data });
    return { pixels: named(pixels, [...inputShape]), output: named(value), gradient: named(gradient) };
  }

  dispose(): void {
    this.#session.dispose();
  }
}
