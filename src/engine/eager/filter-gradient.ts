import * as tf from './tf.js';

/** Shapes, strides and padding of a convolution, as tfjs works them out. */
export type ConvInfo = tf.backend_util.Conv2DInfo;

/** The gradient of a convolution by its filter, from the images, the gradient of the outputs and the geometry. */
export type FilterGradient = (x: tf.Tensor4D, dy: tf.Tensor4D, info: ConvInfo) => tf.Tensor4D;

/** Makes `gradient` the backend's kernel for the filter's gradient, in place of one that it may have. */
export function registerFilterGradient(backendName: 'wasm' | 'cpu', gradient: FilterGradient): void {
  const kernelName = 'Conv2DBackpropFilter';
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      // The registry is untyped; these are the kernel's inputs and attributes by tfjs' own definition.
      const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
      const { strides, pad, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
      const padding = pad as 'valid' | 'same';
      return gradient(x, dy, tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, padding));
    },
  });
}

/** For each tap, the pixels that it met, as a matrix, times the gradient of the outputs: for backends with a fast matmul. */
export const filterGradientByMatMul: FilterGradient = (x, dy, info) =>
  tf.tidy(() => {
    const { batchSize, inChannels, outChannels, outHeight, outWidth, padInfo } = info;
    const { top, bottom, left, right } = padInfo;
    const padded = tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
    const outputs = tf.reshape(dy, [batchSize * outHeight * outWidth, outChannels]);
    const taps: tf.Tensor[] = [];
    for (let row = 0; row < info.filterHeight; row++) {
      for (let column = 0; column < info.filterWidth; column++) {
        const pixels = tf.reshape(pixelsOfTap(row, column, padded, info), [
          batchSize * outHeight * outWidth,
          inChannels,
        ]);
        taps.push(tf.matMul(pixels, outputs, true, false));
      }
    }
    return tf.reshape(tf.stack(taps), [info.filterHeight, info.filterWidth, inChannels, outChannels]);
  });

/** The pixels that the tap at (row, column) meets, [N, H', W', in]. */
function pixelsOfTap(row: number, column: number, padded: tf.Tensor4D, info: ConvInfo): tf.Tensor {
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const rows = (outHeight - 1) * strideHeight + 1;
  const columns = (outWidth - 1) * strideWidth + 1;
  const met = tf.slice4d(padded, [0, row, column, 0], [batchSize, rows, columns, inChannels]);
  // A strided slice costs several times a plain one.
  if (strideHeight === 1 && strideWidth === 1) return met;
  return tf.stridedSlice(met, [0, 0, 0, 0], met.shape, [1, strideHeight, strideWidth, 1]);
}

/** The sum itself, in double precision: for the plain CPU backend, where every slice and matmul is such a loop too. */
export const filterGradientByLoops: FilterGradient = (x, dy, info) => {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const pixels = x.dataSync<'float32'>();
  const outputs = dy.dataSync<'float32'>();
  const sums = new Float64Array(filterHeight * filterWidth * inChannels * outChannels);
  for (let at = 0; at < batchSize * outHeight * outWidth; at++) {
    const image = Math.floor(at / (outHeight * outWidth));
    const top = (Math.floor(at / outWidth) % outHeight) * strideHeight - padInfo.top;
    const left = (at % outWidth) * strideWidth - padInfo.left;
    for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
      const row = top + Math.floor(tap / filterWidth);
      const column = left + (tap % filterWidth);
      if (row < 0 || row >= inHeight || column < 0 || column >= inWidth) continue;
      const pixel = ((image * inHeight + row) * inWidth + column) * inChannels;
      addOuterProduct(sums, tap, pixels, pixel, inChannels, outputs, at * outChannels, outChannels);
    }
  }
  return tf.tensor4d(Float32Array.from(sums), [filterHeight, filterWidth, inChannels, outChannels]);
};

/** sums[tap] += pixel ⊗ output. */
function addOuterProduct(
  sums: Float64Array,
  tap: number,
  pixels: Float32Array,
  pixel: number,
  inChannels: number,
  outputs: Float32Array,
  output: number,
  outChannels: number,
): void {
  let at = tap * inChannels * outChannels;
  for (let i = 0; i < inChannels; i++) {
    const value = pixels[pixel + i] as number;
    for (let o = 0; o < outChannels; o++, at++) {
      sums[at] = (sums[at] as number) + value * (outputs[output + o] as number);
    }
  }
}
