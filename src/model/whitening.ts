import { UsageError } from '../errors.js';
import type { Shape } from './tensors.js';

/** Some images: [N, height, width, channels] bytes. */
export interface ImageSample {
  readonly images: Uint8Array;
  /** [height, width, channels] */
  readonly shape: Shape;
}

/** Patches of so many images are enough for a covariance. */
export const SAMPLE_IMAGES = 2000;
/** The longest patch whose eigenvectors are looked for. */
export const LARGEST_PATCH = 256;

/** Of the mean variance of the patches' values: what is added to each eigenvalue. airbench adds 5e-4 with values of variance 1. */
const EPSILON = 5e-4;
/** Two bytes that differ make more than this of the mean variance; rounding makes less. */
const LEAST_VARIANCE = 1e-13;

/**
 * Kernels whose outputs on the images' patches are uncorrelated, with variance 1: the covariance's eigenvectors over the
 * roots of their eigenvalues, the largest first, then the same with the other sign, for an activation cuts one half off
 * (Jordan 2024, after Page's "How to train your ResNet"). Each is [rows, columns, channels] as one array.
 *
 * @throws UsageError for images of one colour, whose patches do not differ
 */
export function whiteningKernels(sample: ImageSample, size: readonly [rows: number, columns: number]): number[][] {
  const covariance = patchCovariance(sample, size);
  const mean = covariance.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) / covariance.length;
  if (mean < LEAST_VARIANCE) {
    throw new UsageError('whitening needs images that differ, but the training images are all of one colour', {
      hint: 'Take another kernelInitializer, or other images.',
    });
  }
  const kernels = eigenvectors(covariance).map(({ value, vector }) => {
    const scale = 1 / Math.sqrt(Math.max(0, value) + EPSILON * mean);
    return vector.map((x) => x * scale);
  });
  return [...kernels, ...kernels.map((kernel) => kernel.map((x) => -x))];
}

/** The covariance of all patches, values in [0, 1]. */
function patchCovariance({ images, shape }: ImageSample, [rows, columns]: readonly [number, number]): number[][] {
  const [height = 1, width = 1, channels = 1] = shape;
  const row = columns * channels;
  const length = rows * row;
  const patch = new Float64Array(length);
  const sums = new Float64Array(length);
  const products = Array.from({ length }, () => new Float64Array(length));
  let count = 0;
  for (let image = 0; image < images.length; image += height * width * channels) {
    for (let top = 0; top + rows <= height; top++) {
      for (let left = 0; left + columns <= width; left++) {
        for (let i = 0; i < length; i++) {
          const at = image + ((top + Math.floor(i / row)) * width + left) * channels + (i % row);
          patch[i] = (images[at] as number) / 255;
        }
        for (let i = 0; i < length; i++) {
          const [value, line] = [patch[i] as number, products[i] as Float64Array];
          sums[i] = (sums[i] as number) + value;
          for (let j = 0; j <= i; j++) line[j] = (line[j] as number) + value * (patch[j] as number);
        }
        count++;
      }
    }
  }
  const at = (i: number, j: number) => products[Math.max(i, j)]?.[Math.min(i, j)] ?? 0;
  const mean = (i: number) => (sums[i] ?? 0) / count;
  return products.map((_, i) => products.map((_, j) => at(i, j) / count - mean(i) * mean(j)));
}

interface Eigenpair {
  readonly value: number;
  readonly vector: readonly number[];
}

/** Of a symmetric matrix, the largest eigenvalue first, by Jacobi's rotations (1846; Golub & Van Loan, section 8.5). */
function eigenvectors(matrix: readonly (readonly number[])[]): Eigenpair[] {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v = matrix.map((_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  const cell = (rows: readonly Float64Array[], i: number, j: number) => rows[i]?.[j] ?? 0;
  const scale = Math.max(...a.map((row, i) => Math.abs(row[i] ?? 0)), Number.MIN_VALUE);
  const rest = () =>
    Math.max(0, ...a.map((row, i) => row.slice(0, i).reduce((most, x) => Math.max(most, Math.abs(x)), 0)));
  while (rest() > 1e-14 * scale) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = cell(a, p, q);
        if (apq === 0) continue;
        const theta = (cell(a, q, q) - cell(a, p, p)) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        rotateColumns(a, p, q, c, t * c);
        rotateColumns(v, p, q, c, t * c);
        rotateRows(a[p] as Float64Array, a[q] as Float64Array, c, t * c);
      }
    }
  }
  return a
    .map((row, i) => ({ value: row[i] ?? 0, vector: upright(v.map((components) => components[i] ?? 0)) }))
    .sort((x, y) => y.value - x.value);
}

function rotateColumns(rows: readonly Float64Array[], p: number, q: number, c: number, s: number): void {
  for (const row of rows) {
    const [x, y] = [row[p] as number, row[q] as number];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
}

function rotateRows(p: Float64Array, q: Float64Array, c: number, s: number): void {
  for (const [i, x] of p.entries()) {
    const y = q[i] as number;
    p[i] = c * x - s * y;
    q[i] = s * x + c * y;
  }
}

/** An eigenvector may point either way: its largest component is positive. */
function upright(vector: readonly number[]): number[] {
  const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  return vector.map((x) => (largest < 0 ? -x : x));
}
