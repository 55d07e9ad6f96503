import * as tf from './tf.js';

/**
 * Replaces the WASM backend's gradient of max pooling, which takes every window's maximum to be at least 0 and so loses
 * the gradient of windows that are negative throughout.
 */
export function registerMaxPoolGradient(): void {
  tf.unregisterKernel('MaxPoolGrad', 'wasm');
  tf.registerKernel({
    kernelName: 'MaxPoolGrad',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      // The registry is untyped; these are the kernel's inputs and attributes by tfjs' own definition.
      const { input, dy } = inputs as { input: tf.Tensor4D; dy: tf.Tensor4D };
      const { filterSize, strides, pad } = attrs as unknown as tf.MaxPoolGradAttrs;
      const padding = pad as 'valid' | 'same';
      return maxPoolGradient(
        input,
        dy,
        tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, padding),
      );
    },
  });
}

/** Each window's gradient goes to its first maximum, as in TensorFlow. */
function maxPoolGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, padInfo } = info;
  const pixels = x.dataSync<'float32'>();
  const outputs = dy.dataSync<'float32'>();
  const gradient = new Float32Array(pixels.length);
  for (let at = 0; at < outputs.length; at++) {
    const channel = at % inChannels;
    const window = (at - channel) / inChannels;
    const column = (window % outWidth) * strideWidth - padInfo.left;
    const row = (Math.floor(window / outWidth) % outHeight) * strideHeight - padInfo.top;
    const image = Math.floor(window / (outWidth * outHeight)) * inHeight;
    let top = -1;
    for (let y = Math.max(row, 0); y < Math.min(row + info.filterHeight, inHeight); y++) {
      for (let x = Math.max(column, 0); x < Math.min(column + info.filterWidth, inWidth); x++) {
        const pixel = ((image + y) * inWidth + x) * inChannels + channel;
        if (top < 0 || (pixels[pixel] as number) > (pixels[top] as number)) top = pixel;
      }
    }
    gradient[top] = (gradient[top] as number) + (outputs[at] as number);
  }
  return tf.tensor4d(gradient, x.shape);
}
