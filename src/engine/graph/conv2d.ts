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
  // Of a small kernel only its own gradient gains by packing.
  const whole = sizeOf(kernel.shape) > CACHED ? packing : undefined;
  const images = inRows(g, x, whole);
  const [batch = 0, height = 0, width = 0] = images.shape;
  const [tall = 0, wide = 0, , filters = 0] = kernel.shape;
  const rows = outputLength(height, tall, strides[0], padding, dilationRate[0]);
  const columns = outputLength(width, wide, strides[1], padding, dilationRate[1]);
  const y = fromRows(g, g.node('Conv2D', [images, kernel], attrs, dtype, [batch, rows, columns, filters]), whole);
  const byInput = (dy: GraphTensor) => {
    const inputs = [g.shapeOf(images), kernel, inRows(g, dy, whole)];
    return fromRows(g, g.node('Conv2DBackpropInput', inputs, attrs, dtype, images.shape), whole);
  };
  const byKernel = (dy: GraphTensor) => {
    // oneDNN sums up a bias' gradient with the kernel's, in float32; apart it would be summed up in bfloat16.
    const biased = g.consumers(y).some(({ node }) => node.startsWith('BiasAdd'));
    const layout = biased ? undefined : packing;
    const inputs = [inRows(g, x, layout), g.shapeOf(kernel), inRows(g, dy, layout)];
    return g.node('Conv2DBackpropFilter', inputs, attrs, dtype, kernel.shape);
  };
  return {
    y,
    inputs: [
      [x, byInput],
      [kernel, byKernel],
    ],
  };
}
