import { type Attr, attr, type DType, encodeSavedModel, type FunctionDef, type NodeDef } from './proto.js';

/** One output of a node. Dimensions of −1 are known only when the graph runs (the batch). */
export interface GraphTensor {
  readonly node: string;
  readonly index: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

type OutputType = readonly [dtype: DType, shape: readonly number[]];

const ARRAYS = { float: Float32Array, int32: Int32Array } as const;

/** What there is to make use of where a graph will run. */
export interface Machine {
  /** Whether XLA compiles elementwise arithmetic; asked only where there is some. */
  compilesLoops(): boolean;
  /** A CPU's units for products of small bfloat16 matrices. */
  readonly amx: boolean;
  readonly gpu: boolean;
  /** Whether XLA compiles all that is emitted, so that nodes which only pass values on cost nothing. */
  readonly xla: boolean;
}

export const PLAIN_MACHINE: Machine = { compilesLoops: () => false, amx: false, gpu: false, xla: false };

/** Collects the nodes of one TensorFlow graph. */
export class Graph {
  readonly #nodes: NodeDef[] = [];
  readonly #functions = new Map<string, FunctionDef>();
  readonly #consumers = new Map<string, GraphTensor[]>();
  readonly #constants = new Map<string, GraphTensor>();
  readonly #casts = new Map<string, GraphTensor>();

  constructor(readonly machine: Machine = PLAIN_MACHINE) {}

  /** Adds a node with several outputs. `control` nodes run before it. */
  nodes(
    op: string,
    inputs: readonly GraphTensor[],
    attrs: Readonly<Record<string, Attr>>,
    outputs: readonly OutputType[],
    control: readonly GraphTensor[] = [],
  ): GraphTensor[] {
    const name = `${op}_${this.#nodes.length}`;
    this.#nodes.push({
      name,
      op,
      input: [...inputs.map(outputName), ...new Set(control.map((tensor) => `^${tensor.node}`))],
      attr: attrs,
    });
    const made = outputs.map(([dtype, shape], index) => ({ node: name, index, dtype, shape }));
    const [first = { node: name, index: 0, dtype: 'float', shape: [] } satisfies GraphTensor] = made;
    for (const input of inputs) this.#consumers.set(input.node, [...this.consumers(input), first]);
    return made;
  }

  /** Adds a node with one output. */
  node(
    op: string,
    inputs: readonly GraphTensor[],
    attrs: Readonly<Record<string, Attr>>,
    dtype: DType,
    shape: readonly number[],
    control: readonly GraphTensor[] = [],
  ): GraphTensor {
    return this.nodes(op, inputs, attrs, [[dtype, shape]], control)[0] as GraphTensor;
  }

  /** Adds a node without outputs; the result serves as a control input only. */
  operation(
    op: string,
    inputs: readonly GraphTensor[],
    attrs: Readonly<Record<string, Attr>>,
    control: readonly GraphTensor[] = [],
  ): GraphTensor {
    this.nodes(op, inputs, attrs, [], control);
    return { node: (this.#nodes.at(-1) as NodeDef).name, index: 0, dtype: 'float', shape: [] };
  }

  /** Adds an elementwise node: output as the first input. Inputs broadcast against it. */
  map(
    op: string,
    inputs: readonly [GraphTensor, ...GraphTensor[]],
    attrs: Readonly<Record<string, Attr>> = {},
  ): GraphTensor {
    const [first] = inputs;
    return this.node(op, inputs, { T: attr.type(first.dtype), ...attrs }, first.dtype, first.shape);
  }

  /** The nodes that take one of this tensor's node's outputs, so far. */
  consumers(tensor: GraphTensor): readonly GraphTensor[] {
    return this.#consumers.get(tensor.node) ?? [];
  }

  placeholder(dtype: DType, shape: readonly number[]): GraphTensor {
    return this.node('Placeholder', [], { dtype: attr.type(dtype), shape: attr.shape(shape) }, dtype, shape);
  }

  /** A constant; equal ones are made once on each device. */
  constant(
    dtype: keyof typeof ARRAYS,
    values: readonly number[],
    shape: readonly number[] = [values.length],
  ): GraphTensor {
    const key = JSON.stringify([dtype, values, shape]);
    let made = this.#constants.get(key);
    if (!made) {
      const content = new Uint8Array(new ARRAYS[dtype](values).buffer);
      made = this.node(
        'Const',
        [],
        { dtype: attr.type(dtype), value: attr.tensor(dtype, shape, content) },
        dtype,
        shape,
      );
      this.#constants.set(key, made);
    }
    return made;
  }

  /** A float32 scalar, cast to the type it will meet. */
  scalar(value: number, dtype: DType = 'float'): GraphTensor {
    return this.cast(this.constant('float', [value], []), dtype);
  }

  cast(x: GraphTensor, dtype: DType): GraphTensor {
    if (x.dtype === dtype) return x;
    const made = this.node('Cast', [x], { SrcT: attr.type(x.dtype), DstT: attr.type(dtype) }, dtype, x.shape);
    this.#casts.set(made.node, x);
    return made;
  }

  /** What x was cast from, if it was. */
  uncast(x: GraphTensor): GraphTensor {
    return this.#casts.get(x.node) ?? x;
  }

  reshape(x: GraphTensor, shape: readonly number[]): GraphTensor {
    const attrs = { T: attr.type(x.dtype), Tshape: attr.type('int32') };
    return this.node('Reshape', [x, this.constant('int32', shape)], attrs, x.dtype, shape);
  }

  /** The elements from `from` on, so many along each dimension; -1: all that are left. */
  slice(x: GraphTensor, from: readonly number[], size: readonly number[]): GraphTensor {
    const bounds = [from, size].map((numbers) => this.constant('int32', numbers));
    const shape = size.map((length, i) => (length === -1 ? (x.shape[i] ?? -1) : length));
    return this.node('Slice', [x, ...bounds], { T: attr.type(x.dtype), Index: attr.type('int32') }, x.dtype, shape);
  }

  /** Zeros around: so many [before, after] along each dimension. */
  pad(x: GraphTensor, around: readonly (readonly [before: number, after: number])[]): GraphTensor {
    const paddings = this.constant('int32', around.flat(), [around.length, 2]);
    const shape = around.map(([before, after], i) => (x.shape[i] ?? 0) + before + after);
    return this.node('Pad', [x, paddings], { T: attr.type(x.dtype), Tpaddings: attr.type('int32') }, x.dtype, shape);
  }

  /** The shape as an int32 vector: a constant where it is known. */
  shapeOf(x: GraphTensor): GraphTensor {
    if (!x.shape.includes(-1)) return this.constant('int32', x.shape);
    return this.node('Shape', [x], { T: attr.type(x.dtype), out_type: attr.type('int32') }, 'int32', [x.shape.length]);
  }

  /** The size of the first dimension, an int32 scalar. */
  batchOf(x: GraphTensor): GraphTensor {
    const [batch = -1] = x.shape;
    if (batch !== -1) return this.constant('int32', [batch], []);
    const attrs = { T: attr.type('int32'), Index: attr.type('int32'), shrink_axis_mask: attr.int(1) };
    const [from, to] = [this.constant('int32', [0]), this.constant('int32', [1])];
    return this.node('StridedSlice', [this.shapeOf(x), from, to, to], attrs, 'int32', []);
  }

  /** Reduces over `axes` with `Sum`, `Mean` or `Max`. */
  reduce(op: 'Sum' | 'Mean' | 'Max', x: GraphTensor, axes: readonly number[], keepDims = false): GraphTensor {
    const attrs = { T: attr.type(x.dtype), Tidx: attr.type('int32'), keep_dims: attr.bool(keepDims) };
    const kept = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
    return this.node(op, [x, this.constant('int32', axes)], attrs, x.dtype, kept);
  }

  /** Runs all of `nodes`, then gives `x`. */
  after(x: GraphTensor, nodes: readonly GraphTensor[]): GraphTensor {
    return this.node('Identity', [x], { T: attr.type(x.dtype) }, x.dtype, x.shape, nodes);
  }

  /** The nodes so far, each after those it takes from. */
  definition(): readonly NodeDef[] {
    return this.#nodes;
  }

  /** Adds a function that nodes can call by its name; of one name there is one. */
  define(definition: FunctionDef): void {
    this.#functions.set(definition.signature.name, definition);
  }

  /** The functions so far. */
  functions(): readonly FunctionDef[] {
    return [...this.#functions.values()];
  }

  encode(): Uint8Array {
    return encodeSavedModel(this.#nodes, this.functions());
  }
}

/** How TensorFlow names a tensor, e.g. `Conv2D_7:0`. */
export function outputName(tensor: GraphTensor): string {
  return `${tensor.node}:${tensor.index}`;
}
