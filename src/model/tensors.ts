/** A shape without the batch dimension, e.g. [28, 28, 1] or [128]; for a weight its full shape. */
export type Shape = readonly number[];

/** A float32 array with its shape, in row-major order. */
export interface NamedTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Weights, optimizer slots and averages by name, e.g. `conv2d_1/kernel`, `adam/m/conv2d_1/kernel`, `ema/conv2d_1/kernel`. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}
