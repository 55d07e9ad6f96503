import { outputLength } from '../../model/layers/window.js';
import type { ConvOptions } from '../../model/ops.js';
import { sizeOf } from '../../model/tensors.js';
import type { Graph, GraphTensor } from './graph.js';
import { fromRows, inRows, packingFor } from './pack-images.js';
import { attr } from './proto.js';
import type { Differentiable } from './tape.js';

/** bfloat16 values that the second cache of a core with AMX holds, 2 MiB: a larger kernel is fetched anew for each image. */
const CACHED = 2 ** 20;

/** [N, H, W, in] and [kh, kw, in, out] of one type → [N, H', W', out]. */
export function conv2d(g: Graph, x: GraphTensor, kernel: GraphTensor, options: ConvOptions): Differentiable {
  const { dtype } = x;
  const { strides, padding, dilationRate } = options;
  const attrs = {
    T: attr.type(dtype),
    strides: attr.ints([1, ...strides, 1]),
    padding: attr.string(padding.toUpperCase()),
    dilations: attr.ints([1, ...dilationRate, 1]),
    data_format: attr.string('NHWC'),
  };
  const packing = packingFor(g, x, kernel.shape, options);
  const packed = (images: GraphTensor) => (packing ? inRows(g, images, packing) : images);
  // Of a small kernel only its own gradient gains by packing.
  const large = packing && sizeOf(kernel.shape) > CACHED;
  const laidOut = (images: GraphTensor) => (large ? inRows(g, images, packing) : images);
  const apart = (images: GraphTensor) => (large ? fromRows(g, images, packing) : images);

  const images = laidOut(x);
  const [batch = 0, height = 0, width = 0] = images.shape;
  const [tall = 0, wide = 0, , filters = 0] = kernel.shape;
  const rows = outputLength(height, tall, strides[0], padding, dilationRate[0]);
  const columns = outputLength(width, wide, strides[1], padding, dilationRate[1]);
  const y = apart(g.node('Conv2D', [images, kernel], attrs, dtype, [batch, rows, columns, filters]));
  const byInput = (dy: GraphTensor) => {
    const inputs = [g.shapeOf(images), kernel, laidOut(dy)];
    return apart(g.node('Conv2DBackpropInput', inputs, attrs, dtype, images.shape));
  };
  const byKernel = (dy: GraphTensor) => {
    // oneDNN sums up a bias' gradient with the kernel's, in float32; apart it would be summed up in bfloat16.
    const biased = g.consumers(y).some(({ node }) => node.startsWith('BiasAdd'));
    const [given, gradient] = biased ? [x, dy] : [packed(x), packed(dy)];
    return g.node('Conv2DBackpropFilter', [given, g.shapeOf(kernel), gradient], attrs, dtype, kernel.shape);
  };
  return {
    y,
    inputs: [
      [x, byInput],
      [kernel, byKernel],
    ],
  };
}
