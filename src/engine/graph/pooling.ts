import { outputLength } from '../../model/layers/window.js';
import type { PoolOptions } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { maxPoolGradient } from './max-pool-gradient.js';
import { attr } from './proto.js';
import type { Differentiable } from './tape.js';

/** [N, H, W, C] → [N, H', W', C]. */
export function maxPool(g: Graph, x: GraphTensor, options: PoolOptions): Differentiable {
  const attrs = poolAttrs(x, options);
  const y = g.node('MaxPool', [x], attrs, x.dtype, pooledShape(x, options));
  const gradient = (dy: GraphTensor) =>
    g.machine.xla ? maxPoolGradient(g, x, y, dy, options) : g.node('MaxPoolGrad', [x, y, dy], attrs, x.dtype, x.shape);
  return { y, inputs: [[x, gradient]] };
}

/** [N, H, W, C] → [N, H', W', C]: the average over the window's cells inside the image. */
export function avgPool(g: Graph, x: GraphTensor, options: PoolOptions): Differentiable {
  const attrs = poolAttrs(x, options);
  const y = g.node('AvgPool', [x], attrs, x.dtype, pooledShape(x, options));
  return { y, inputs: [[x, (dy) => g.node('AvgPoolGrad', [g.shapeOf(x), dy], attrs, x.dtype, x.shape)]] };
}

/** [N, H, W, C] → [N, C]. */
export function globalAvgPool(g: Graph, x: GraphTensor): Differentiable {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return {
    y: g.reduce('Mean', x, [1, 2]),
    inputs: [
      [
        x,
        (dy) => {
          const share = g.map('Mul', [g.reshape(dy, [batch, 1, 1, channels]), g.scalar(1 / (height * width), x.dtype)]);
          return g.node('BroadcastTo', [share, g.shapeOf(x)], { T: attr.type(x.dtype) }, x.dtype, x.shape);
        },
      ],
    ],
  };
}

/** [N, H, W, C] → [N, C]. Equal maxima share the gradient, as in TensorFlow's own rule for Max. */
export function globalMaxPool(g: Graph, x: GraphTensor): Differentiable {
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const y = g.reduce('Max', x, [1, 2]);
  return {
    y,
    inputs: [
      [
        x,
        (dy) => {
          const top = g.reshape(y, [batch, 1, 1, channels]);
          const isTop = g.cast(g.node('Equal', [x, top], { T: attr.type(x.dtype) }, 'bool', x.shape), x.dtype);
          const share = g.map('RealDiv', [g.reshape(dy, top.shape), g.reduce('Sum', isTop, [1, 2], true)]);
          return g.map('Mul', [isTop, share]);
        },
      ],
    ],
  };
}

function pooledShape(x: GraphTensor, { poolSize, strides, padding }: PoolOptions): number[] {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const rows = outputLength(height, poolSize[0], strides[0], padding);
  const columns = outputLength(width, poolSize[1], strides[1], padding);
  return [batch, rows, columns, channels];
}

function poolAttrs(x: GraphTensor, { poolSize, strides, padding }: PoolOptions) {
  return {
    T: attr.type(x.dtype),
    ksize: attr.ints([1, ...poolSize, 1]),
    strides: attr.ints([1, ...strides, 1]),
    padding: attr.string(padding.toUpperCase()),
    data_format: attr.string('NHWC'),
  };
}
