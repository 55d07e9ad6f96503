import { samePadding } from '../../model/layers/window.js';
import type { DepthwiseOptions } from '../../model/ops.js';
import * as tf from './tf.js';

/** [N, H, W, in] and [kh, kw, in, m] → [N, H', W', in · m]. */
export function depthwiseConv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: DepthwiseOptions): tf.Tensor4D {
  // tfjs' WASM backend has no kernels for its gradients.
  if (tf.getBackend() === 'wasm') return byTaps(x, kernel, options);
  return tf.depthwiseConv2d(x, kernel, [...options.strides], options.padding);
}

/** The sum over the kernel's cells of the pixels that each meets, times its weights. */
function byTaps(x: tf.Tensor4D, kernel: tf.Tensor4D, { strides, padding }: DepthwiseOptions): tf.Tensor4D {
  const [tall, wide, channels, multiplier] = kernel.shape;
  const [batch, height, width] = x.shape;
  const none: [number, number] = [0, 0];
  const [rows, columns] =
    padding === 'same' ? [samePadding(height, tall, strides[0]), samePadding(width, wide, strides[1])] : [none, none];
  const padded = tf.pad(x, [none, rows, columns, none]);
  const [deep, broad] = [padded.shape[1] - tall + 1, padded.shape[2] - wide + 1];
  const taps: tf.Tensor[] = [];
  for (let row = 0; row < tall; row++) {
    for (let column = 0; column < wide; column++) {
      const met = tf.slice(padded, [0, row, column, 0], [batch, deep, broad, channels]);
      // A mean over one pixel takes every n-th, and tfjs differentiates it.
      const pixels = strides[0] === 1 ? met : tf.avgPool(met, 1, [...strides], 'valid');
      const cell = tf.slice(kernel, [row, column, 0, 0], [1, 1, channels, multiplier]);
      taps.push(tf.mul(repeated(pixels, multiplier), tf.reshape(cell, [1, 1, 1, channels * multiplier])));
    }
  }
  return tf.addN(taps) as tf.Tensor4D;
}

/** Each channel so many times. */
function repeated(x: tf.Tensor4D, times: number): tf.Tensor4D {
  if (times === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const column = tf.reshape(x, [batch * height * width * channels, 1]);
  return tf.reshape(tf.matMul(column, tf.ones([1, times])), [batch, height, width, channels * times]);
}
