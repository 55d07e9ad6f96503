import { outputLength, samePadding } from '../model/layers/window.js';
import type { Padding } from '../model/ops.js';
import type { Shape } from '../model/tensors.js';

type Pair = readonly [number, number];

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

/** Cells added before and after the rows, and the columns. */
export function paddingOf([height = 1, width = 1]: Shape, window: SlidingWindow): readonly [rows: Pair, columns: Pair] {
  const { size, strides, dilationRate, padding } = window;
  if (padding === 'valid') {
    return [
      [0, 0],
      [0, 0],
    ];
  }
  const along = (input: number, i: 0 | 1) => samePadding(input, (size[i] - 1) * dilationRate[i] + 1, strides[i]);
  return [along(height, 0), along(width, 1)];
}
