import { outputLength } from '../model/layers/window.js';
import type { Padding } from '../model/ops.js';
import type { Shape } from '../model/tensors.js';

export type Pair = readonly [number, number];
export type Size = number | Pair;

/** One number stands for both directions. */
export function both(size: Size): Pair {
  return typeof size === 'number' ? [size, size] : size;
}

/** A window that slides over images. */
export interface SlidingWindow {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilationRate: Pair;
  readonly padding: Padding;
}

/** Rows and columns that come out. */
export function slid([height = 1, width = 1]: Shape, { size, strides, dilationRate, padding }: SlidingWindow): Pair {
  const length = (input: number, i: 0 | 1) => outputLength(input, size[i], strides[i], padding, dilationRate[i]);
  return [length(height, 0), length(width, 1)];
}

/** Cells added before and after the rows, and the columns: TensorFlow's `same` has its odd cell after. */
export function paddingOf(shape: Shape, window: SlidingWindow): readonly [rows: Pair, columns: Pair] {
  const output = slid(shape, window);
  const along = (i: 0 | 1): Pair => {
    if (window.padding === 'valid') return [0, 0];
    const extent = (window.size[i] - 1) * window.dilationRate[i] + 1;
    const all = Math.max(0, (output[i] - 1) * window.strides[i] + extent - (shape[i] ?? 1));
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  };
  return [along(0), along(1)];
}
