/** A shape without the batch dimension, e.g. [28, 28, 1] or [128]; for a weight its full shape. */
export type Shape = readonly number[];

/** A float32 array with its shape, in row-major order. */
export interface NamedTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Weights, optimizer slots and averages by name, e.g. `conv2d_1/kernel`, `adam/m/conv2d_1/kernel`, `ema/conv2d_1/kernel`. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

/** Tensors that are somewhere else (on an engine, in a file) and come one at a time: all at once may not fit memory. */
export interface TensorSource {
  /** In their order. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The values of one of them. */
  read(name: string): Promise<Float32Array>;
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Tensors in memory, as a source. */
export function sourceOf(tensors: NamedTensors): TensorSource {
  return {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read: async (name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new Error(`no tensor ${name}`);
      return tensor.data;
    },
  };
}

/** Those of a source that `wanted` says, still to be read. */
export function selected(source: TensorSource, wanted: (name: string) => boolean): TensorSource {
  const shapes = new Map([...source.shapes].filter(([name]) => wanted(name)));
  return { shapes, read: (name) => source.read(name) };
}

/** All of a source in memory. */
export async function readAll(source: TensorSource): Promise<NamedTensors> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, shape] of source.shapes) tensors.set(name, { shape, data: await source.read(name) });
  return tensors;
}
