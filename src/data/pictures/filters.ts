/** Three by three weights, row by row. */
export type Kernel = readonly (readonly [number, number, number])[];

const scaled = (kernel: Kernel, by: number): Kernel => kernel.map(([a, b, c]) => [a * by, b * by, c * by] as const);

/** The filters that people wrote by hand before networks learned theirs. */
export const FILTERS = {
  // Sobel & Feldman 1968: the slope across, smoothed along the edge.
  'sobel-x': [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ],
  'sobel-y': [
    [-1, -2, -1],
    [0, 0, 0],
    [1, 2, 1],
  ],
  laplacian: [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ],
  // The binomial weights nearest to a Gaussian.
  blur: scaled(
    [
      [1, 2, 1],
      [2, 4, 2],
      [1, 2, 1],
    ],
    1 / 16,
  ),
  sharpen: [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ],
  emboss: [
    [-2, -1, 0],
    [-1, 1, 1],
    [0, 1, 2],
  ],
} as const satisfies Record<string, Kernel>;

export type FilterName = keyof typeof FILTERS;
// Our own table's keys.
export const FILTER_NAMES = Object.keys(FILTERS) as FilterName[];

/**
 * What a filter makes of an image, [height, width]: the cross-correlation that convolutional layers compute, with zeros
 * around the image (padding `same`).
 */
export function correlate(
  image: Float32Array,
  [height, width]: readonly [number, number],
  kernel: Kernel,
): Float32Array {
  const at = (row: number, column: number) =>
    row < 0 || row >= height || column < 0 || column >= width ? 0 : (image[row * width + column] ?? 0);
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    let sum = 0;
    for (const [dy, weights] of kernel.entries()) {
      for (const [dx, weight] of weights.entries()) sum += weight * at(row + dy - 1, column + dx - 1);
    }
    return sum;
  });
}
