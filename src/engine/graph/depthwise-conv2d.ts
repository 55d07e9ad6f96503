import { outputLength } from '../../model/layers/window.js';
import type { DepthwiseOptions } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Differentiable } from './tape.js';

/** [N, H, W, in] and [kh, kw, in, m], float32 → [N, H', W', in · m]. */
export function depthwiseConv2d(
  g: Graph,
  x: GraphTensor,
  kernel: GraphTensor,
  { strides, padding }: DepthwiseOptions,
): Differentiable {
  const { dtype } = x;
  const attrs = {
    T: attr.type(dtype),
    strides: attr.ints([1, ...strides, 1]),
    padding: attr.string(padding.toUpperCase()),
    data_format: attr.string('NHWC'),
  };
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const [tall = 0, wide = 0, , multiplier = 1] = kernel.shape;
  const rows = outputLength(height, tall, strides[0], padding);
  const columns = outputLength(width, wide, strides[1], padding);
  const y = g.node('DepthwiseConv2dNative', [x, kernel], attrs, dtype, [batch, rows, columns, channels * multiplier]);
  const gradient = (by: string, inputs: readonly GraphTensor[], like: GraphTensor) =>
    g.node(by, inputs, attrs, dtype, like.shape);
  return {
    y,
    inputs: [
      [x, (dy) => gradient('DepthwiseConv2dNativeBackpropInput', [g.shapeOf(x), kernel, dy], x)],
      [kernel, (dy) => gradient('DepthwiseConv2dNativeBackpropFilter', [x, g.shapeOf(kernel), dy], kernel)],
    ],
  };
}
