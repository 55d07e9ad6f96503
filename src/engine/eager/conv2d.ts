import { samePadding } from '../../model/layers/window.js';
import type { ConvOptions } from '../../model/ops.js';
import * as tf from './tf.js';

/** [N, H, W, in] and [kh, kw, in, out] → [N, H', W', out]. */
export function conv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: ConvOptions): tf.Tensor4D {
  const strides = [...options.strides] as [number, number];
  const filter = dilate(kernel, options.dilationRate);
  const [, height, width] = x.shape;
  const [filterHeight, filterWidth] = filter.shape;
  const [rows, columns] = strides;
  if (options.padding === 'valid' || (rows <= filterHeight && columns <= filterWidth)) {
    return tf.conv2d(x, filter, strides, options.padding);
  }
  // Where a stride leaves cells out, tfjs' WASM backend puts out zeros for `same`.
  const padded = tf.pad(x, [
    [0, 0],
    samePadding(height, filterHeight, rows),
    samePadding(width, filterWidth, columns),
    [0, 0],
  ]);
  return tf.conv2d(padded, filter, strides, 'valid');
}

/**
 * The kernel with `rate − 1` zeros between its taps. tfjs has no gradient of a dilated convolution; one with the widened
 * kernel is the same function, and tfjs differentiates the padding.
 */
function dilate(kernel: tf.Tensor4D, [rows, columns]: readonly [number, number]): tf.Tensor4D {
  if (rows === 1 && columns === 1) return kernel;
  const [height, width, input, output] = kernel.shape;
  const tall = insertZeroRows(tf.reshape(kernel, [1, height, width * input * output]), rows);
  const wide = insertZeroRows(tf.reshape(tall, [tall.shape[1], width, input * output]), columns);
  return tf.reshape(wide, [tall.shape[1], wide.shape[1], input, output]);
}

/** Puts `rate − 1` rows of zeros between the rows of [a, n, b]. */
function insertZeroRows(x: tf.Tensor3D, rate: number): tf.Tensor3D {
  const [a, n, b] = x.shape;
  const padded = tf.pad(tf.reshape(x, [a * n, 1, b]) as tf.Tensor3D, [
    [0, 0],
    [0, rate - 1],
    [0, 0],
  ]);
  return tf.slice3d(tf.reshape(padded, [a, n * rate, b]), [0, 0, 0], [a, (n - 1) * rate + 1, b]);
}
