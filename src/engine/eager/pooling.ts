import { samePadding } from '../../model/layers/window.js';
import type { PoolOptions } from '../../model/ops.js';
import * as tf from './tf.js';

export function maxPool(x: tf.Tensor4D, { poolSize, strides, padding }: PoolOptions): tf.Tensor4D {
  return tf.maxPool(x, [...poolSize], [...strides], padding);
}

/**
 * Average over the window's cells inside the image. tfjs' own gradient of padded average pooling divides by the whole
 * window, so the image is padded first and the averages rescaled by window / cells inside.
 */
export function avgPool(x: tf.Tensor4D, { poolSize, strides, padding }: PoolOptions): tf.Tensor4D {
  if (padding === 'valid') return tf.avgPool(x, [...poolSize], [...strides], 'valid');
  const [, height, width] = x.shape;
  const rows = samePadding(height, poolSize[0], strides[0]);
  const columns = samePadding(width, poolSize[1], strides[1]);
  const pad = (images: tf.Tensor4D) => tf.pad(images, [[0, 0], rows, columns, [0, 0]]);
  const average = (images: tf.Tensor4D) => tf.avgPool(pad(images), [...poolSize], [...strides], 'valid');
  return tf.div(average(x), average(tf.ones([1, height, width, 1])));
}

/** [N, H, W, C] → [N, C]. Equal maxima share the gradient, as TensorFlow does; tfjs would give each all of it. */
export const globalMaxPool = tf.customGrad((x, save) => {
  const input = x as tf.Tensor4D;
  const top = tf.max(input, [1, 2], true);
  // Not a cast: on WebGPU that leaves integers behind, and shaders that want floats fail.
  const isTop = tf.where(tf.equal(input, top), 1, 0);
  (save as tf.GradSaveFunc)([isTop]);
  return {
    value: tf.squeeze(top, [1, 2]),
    gradFunc: (dy: tf.Tensor, [mask]: tf.Tensor[]) => {
      const tops = mask as tf.Tensor4D;
      const share = tf.div(
        tf.reshape(dy, [dy.shape[0] as number, 1, 1, dy.shape[1] as number]),
        tf.sum(tops, [1, 2], true),
      );
      return tf.mul(tops, share);
    },
  };
});
