import type { Padding } from '../ops.js';
import type { BuildContext, Pair } from './definition.js';

export interface Window {
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly dilationRate?: Pair;
}

/** Output length along one direction, as TensorFlow and Keras count it; below 1 when the window does not fit. */
export function outputLength(input: number, size: number, stride: number, padding: Padding, dilation = 1): number {
  const extent = (size - 1) * dilation + 1;
  return padding === 'same' ? Math.ceil(input / stride) : Math.floor((input - extent) / stride) + 1;
}

/** Cells added before and after one direction, as TensorFlow's `same` adds them: the odd one comes after. */
export function samePadding(input: number, size: number, stride: number): [before: number, after: number] {
  const all = Math.max(0, (outputLength(input, size, stride, 'same') - 1) * stride + size - input);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}

/** Rows and columns that a sliding window leaves of the input, or the error that names `field`. */
export function slide(context: BuildContext, field: string, [height, width]: Pair, window: Window): Pair {
  const { size, strides, padding, dilationRate = [1, 1] } = window;
  const rows = outputLength(height, size[0], strides[0], padding, dilationRate[0]);
  const columns = outputLength(width, size[1], strides[1], padding, dilationRate[1]);
  if (rows < 1 || columns < 1) {
    const extent = size.map((n, i) => (n - 1) * (dilationRate[i] ?? 1) + 1);
    context.fail(
      field,
      `a window of ${extent.join('×')} is larger than the input of ${height}×${width}: make it smaller, use padding "same", or shrink the images less before`,
    );
  }
  return [rows, columns];
}
