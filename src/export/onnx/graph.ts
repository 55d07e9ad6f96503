import type { NamedTensors, Shape } from '../../model/tensors.js';
import { bytesOf } from '../../runs/safetensors.js';
import { channelsFirst, oihw, permuted } from '../layouts.js';
import type { AttributeValue, OnnxNode, OnnxTensor } from './proto.js';

/** A tensor of a batch, or a weight. */
export interface OnnxValue {
  readonly name: string;
  /** As the model has it, channels last; a batch's without the batch. */
  readonly shape: Shape;
  /** How an image lies in the graph: ONNX' operations want channels first. */
  readonly layout: 'channelsLast' | 'channelsFirst';
}

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Collects the nodes and weights of one ONNX graph. */
export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly #tensors = new Map<string, OnnxTensor>();
  readonly #names = new Set<string>();
  /** The layer whose operations are being emitted: nodes are named after it. */
  scope = '';

  constructor(private readonly weights: NamedTensors) {}

  get tensors(): OnnxTensor[] {
    return [...this.#tensors.values()];
  }

  /** Adds a node; its output has the shape and layout of `like`, but for what is told. */
  node(
    op: string,
    inputs: readonly (OnnxValue | string)[],
    like: OnnxValue,
    attributes: Attributes = {},
    changed: Partial<OnnxValue> = {},
  ): OnnxValue {
    const name = changed.name ?? this.#free(`${this.scope}/${op}`);
    const names = inputs.map((input) => (typeof input === 'string' ? input : input.name));
    this.nodes.push({ name, op, inputs: names, output: name, attributes });
    return { ...like, ...changed, name };
  }

  /** A float32 scalar. */
  scalar(value: number): string {
    return this.#add(`constant/${value}`, 'float', [], bytesOf(Float32Array.of(value)));
  }

  /** A vector of one number `size` times. */
  filled(value: number, size: number): string {
    return this.#add(`constant/${value}x${size}`, 'float', [size], bytesOf(new Float32Array(size).fill(value)));
  }

  /** A vector of whole numbers, such as a shape. */
  integers(values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#add(`constant/${values.join('x')}`, 'int64', [values.length], bytes);
  }

  /** A weight as it is. */
  weight({ name, shape }: OnnxValue): string {
    return this.#add(name, 'float', shape, bytesOf(this.#values(name)));
  }

  /** A convolution's kernel, HWIO in the model, OIHW in the graph. */
  kernel({ name, shape }: OnnxValue): string {
    const turned = oihw({ shape, data: this.#values(name) });
    return this.#add(name, 'float', turned.shape, bytesOf(turned.data));
  }

  /** A depthwise convolution's kernel, [H, W, in, m] in the model, [in · m, 1, H, W] in the graph. */
  depthwiseKernel({ name, shape }: OnnxValue): string {
    const {
      shape: [channels = 1, multiplier = 1, ...window],
      data,
    } = permuted({ shape, data: this.#values(name) }, [2, 3, 0, 1]);
    return this.#add(name, 'float', [channels * multiplier, 1, ...window], bytesOf(data));
  }

  /** The value as ONNX' image operations take it, and as flattening takes it. */
  inLayout(x: OnnxValue, layout: OnnxValue['layout']): OnnxValue {
    if (x.layout === layout || x.shape.length !== 3) return { ...x, layout };
    const perm = layout === 'channelsFirst' ? [0, 3, 1, 2] : [0, 2, 3, 1];
    // An image whose channels or whose pixels are one has its bytes in the same order either way.
    const [height = 1, width = 1, channels = 1] = x.shape;
    if (channels === 1 || height * width === 1) {
      const shape = layout === 'channelsFirst' ? channelsFirst(x.shape) : x.shape;
      return this.node('Reshape', [x, this.integers([-1, ...shape])], x, {}, { layout });
    }
    return this.node('Transpose', [x], x, { perm: { ints: perm } }, { layout });
  }

  #values(name: string): Float32Array {
    const tensor = this.weights.get(name);
    if (tensor === undefined) throw new Error(`no weight ${name}`);
    return tensor.data;
  }

  #add(name: string, type: OnnxTensor['type'], dims: readonly number[], bytes: Uint8Array): string {
    this.#tensors.set(name, { name, type, dims, bytes });
    return name;
  }

  #free(base: string): string {
    let name = base;
    for (let n = 1; this.#names.has(name); n++) name = `${base}_${n}`;
    this.#names.add(name);
    return name;
  }
}
