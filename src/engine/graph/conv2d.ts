import { outputLength } from '../../model/layers/window.js';
import type { ConvOptions } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { packed } from './pack-images.js';
import { attr } from './proto.js';
import type { Differentiable } from './tape.js';

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
  const [batch = 0, height = 0, width = 0] = x.shape;
  const [tall = 0, wide = 0, , filters = 0] = kernel.shape;
  const rows = outputLength(height, tall, strides[0], padding, dilationRate[0]);
  const columns = outputLength(width, wide, strides[1], padding, dilationRate[1]);
  const y = g.node('Conv2D', [x, kernel], attrs, dtype, [batch, rows, columns, filters]);
  return {
    y,
    inputs: [
      [x, (dy) => g.node('Conv2DBackpropInput', [g.shapeOf(x), kernel, dy], attrs, dtype, x.shape)],
      [
        kernel,
        (dy) => {
          // oneDNN sums up a bias' gradient with the kernel's, in float32; apart it would be summed up in bfloat16.
          const biased = g.consumers(y).some(({ node }) => node.startsWith('BiasAdd'));
          const [images, gradient] = biased ? [x, dy] : packed(g, x, dy, kernel.shape, options);
          const inputs = [images, g.shapeOf(kernel), gradient];
          return g.node('Conv2DBackpropFilter', inputs, attrs, dtype, kernel.shape);
        },
      ],
    ],
  };
}
