/** A shape without the batch dimension, e.g. [28, 28, 1] or [128]; for a weight its full shape. */
export type Shape = readonly number[];

/** A float32 array with its shape, in row-major order. */
export interface NamedTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Weights, optimizer slots and averages by name, e.g. `conv2d_1/kernel`, `adam/m/conv2d_1/kernel`, `ema/conv2d_1/kernel`. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

/** Tensors that are somewhere else (on an engine, in a file) and come piece by piece: one alone may be a third of memory. */
export interface TensorSource {
  /** In their order. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /**
   * The values of one of them in order, each piece whole rows (of the first dimension). A piece is good until the next
   * one is asked for, which may come in the same memory.
   */
  pieces(name: string): AsyncIterable<Float32Array>;
}

/** Rows from `begin` to before `end`. */
export interface Rows {
  readonly begin: number;
  readonly end: number;
}

/** Values in a piece: 4 MiB, so that few tensors have more than one. */
const PIECE = 2 ** 20;

/** A tensor's rows in pieces that are read or written at once. */
export function* rowPieces(shape: Shape): Generator<Rows> {
  const [rows = 1] = shape;
  const most = Math.max(1, Math.floor(PIECE / rowSize(shape)));
  for (let begin = 0; begin < rows; begin += most) yield { begin, end: Math.min(rows, begin + most) };
}

/**
 * The values of a tensor in pieces that share one piece's memory: left to the garbage collector, which comes late, they
 * would be hundreds of megabytes.
 * @param fill gives a piece its values, which begin at that one of the tensor's
 */
export async function* filledPieces(
  shape: Shape,
  fill: (piece: Float32Array, begin: number) => Promise<unknown> | unknown,
): AsyncGenerator<Float32Array> {
  const size = rowSize(shape);
  let memory: Float32Array | undefined;
  for (const { begin, end } of rowPieces(shape)) {
    // The first piece is the largest.
    memory ??= new Float32Array((end - begin) * size);
    const piece = memory.subarray(0, (end - begin) * size);
    await fill(piece, begin * size);
    yield piece;
  }
}

/** Number of elements of a row: all dimensions but the first. */
export function rowSize(shape: Shape): number {
  return sizeOf(shape.slice(1));
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Tensors in memory, as a source. */
export function sourceOf(tensors: NamedTensors): TensorSource {
  return {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    pieces: async function* (name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new Error(`no tensor ${name}`);
      const { shape, data } = tensor;
      const size = rowSize(shape);
      for (const { begin, end } of rowPieces(shape)) yield data.subarray(begin * size, end * size);
    },
  };
}

/** Those of a source that `wanted` says, still to be read. */
export function selected(source: TensorSource, wanted: (name: string) => boolean): TensorSource {
  const shapes = new Map([...source.shapes].filter(([name]) => wanted(name)));
  return { shapes, pieces: (name) => source.pieces(name) };
}

/** The values of one of a source's tensors, all at once. */
export async function readTensor({ shapes, pieces }: TensorSource, name: string): Promise<Float32Array> {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`no tensor ${name}`);
  return joined(pieces(name), shape);
}

/** The pieces of a tensor as one array. */
export async function joined(pieces: AsyncIterable<Float32Array>, shape: Shape): Promise<Float32Array> {
  const data = new Float32Array(sizeOf(shape));
  let at = 0;
  for await (const piece of pieces) {
    data.set(piece, at);
    at += piece.length;
  }
  return data;
}

/** All of a source in memory. */
export async function readAll(source: TensorSource): Promise<NamedTensors> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, shape] of source.shapes) tensors.set(name, { shape, data: await readTensor(source, name) });
  return tensors;
}
