import {
  type Activation,
  type BatchNormOptions,
  type BatchNormWeights,
  type ConvOptions,
  type DepthwiseOptions,
  GELU_APPROXIMATE,
  LEAKY_SLOPE,
  type Ops,
  type PoolOptions,
} from '../../model/ops.js';
import type { Shape } from '../../model/tensors.js';
import { paddingOf, type SlidingWindow, slid } from '../windows.js';
import type { OnnxGraph, OnnxValue } from './graph.js';
import type { AttributeValue } from './proto.js';

const ACTIVATIONS = {
  linear: (_g, x) => x,
  relu: (g, x) => g.node('Relu', [x], x),
  leakyRelu: (g, x) => g.node('LeakyRelu', [x], x, { alpha: { f: LEAKY_SLOPE } }),
  elu: (g, x) => g.node('Elu', [x], x, { alpha: { f: 1 } }),
  // x·Φ(x), the exact form; an operation of its own only from opset 20 on.
  gelu: (g, x) => {
    const scaled = g.node('Mul', [x, g.scalar(Math.SQRT1_2)], x);
    const twice = g.node('Add', [g.node('Erf', [scaled], x), g.scalar(1)], x);
    return g.node('Mul', [x, g.node('Mul', [twice, g.scalar(0.5)], x)], x);
  },
  geluApproximate: (g, x) => {
    const { scale, cubic } = GELU_APPROXIMATE;
    const square = g.node('Mul', [g.node('Mul', [x, x], x), g.scalar(scale * cubic)], x);
    const z = g.node('Mul', [x, g.node('Add', [square, g.scalar(scale)], x)], x);
    const twice = g.node('Add', [g.node('Tanh', [z], x), g.scalar(1)], x);
    return g.node('Mul', [x, g.node('Mul', [twice, g.scalar(0.5)], x)], x);
  },
  silu: (g, x) => g.node('Mul', [x, g.node('Sigmoid', [x], x)], x),
  tanh: (g, x) => g.node('Tanh', [x], x),
  sigmoid: (g, x) => g.node('Sigmoid', [x], x),
  softmax: (g, x) => {
    const axis = x.layout === 'channelsFirst' ? 1 : x.shape.length;
    return g.node('Softmax', [x], x, { axis: { i: axis } });
  },
} satisfies Record<Activation, (g: OnnxGraph, x: OnnxValue) => OnnxValue>;

/** Emits ONNX' inference operations. Images stay channels first from the first convolution to the flattening. */
export class OnnxOps implements Ops<OnnxValue> {
  readonly training = false;

  constructor(private readonly graph: OnnxGraph) {}

  conv2d(x: OnnxValue, kernel: OnnxValue, options: ConvOptions): OnnxValue {
    const [rows = 1, columns = 1, , filters = 1] = kernel.shape;
    const window = { size: [rows, columns] as const, ...options };
    const image = this.graph.inLayout(x, 'channelsFirst');
    const attributes = {
      ...windowAttributes(x.shape, window),
      dilations: { ints: options.dilationRate },
    };
    const shape = [...slid(x.shape, window), filters];
    return this.graph.node('Conv', [image, this.graph.kernel(kernel)], image, attributes, { shape });
  }

  depthwiseConv2d(x: OnnxValue, kernel: OnnxValue, options: DepthwiseOptions): OnnxValue {
    const [rows = 1, columns = 1, channels = 1, multiplier = 1] = kernel.shape;
    const window = { size: [rows, columns] as const, dilationRate: [1, 1] as const, ...options };
    const image = this.graph.inLayout(x, 'channelsFirst');
    const attributes = { ...windowAttributes(x.shape, window), group: { i: channels } };
    const shape = [...slid(x.shape, window), channels * multiplier];
    return this.graph.node('Conv', [image, this.graph.depthwiseKernel(kernel)], image, attributes, { shape });
  }

  biasAdd(x: OnnxValue, bias: OnnxValue): OnnxValue {
    const g = this.graph;
    if (x.layout === 'channelsLast' || x.shape.length !== 3) return g.node('Add', [x, g.weight(bias)], x);
    // The convolution adds its own bias.
    const last = g.nodes.at(-1);
    if (last?.op !== 'Conv' || last.output !== x.name) throw new Error('a bias of images follows their convolution');
    g.nodes[g.nodes.length - 1] = { ...last, inputs: [...last.inputs, g.weight(bias)] };
    return x;
  }

  matMul(x: OnnxValue, kernel: OnnxValue): OnnxValue {
    const shape = kernel.shape.slice(1);
    return this.graph.node('MatMul', [x, this.graph.weight(kernel)], x, {}, { shape });
  }

  activation(x: OnnxValue, kind: Activation): OnnxValue {
    return ACTIVATIONS[kind](this.graph, x);
  }

  maxPool(x: OnnxValue, options: PoolOptions): OnnxValue {
    return this.#pool('MaxPool', x, options, {});
  }

  avgPool(x: OnnxValue, options: PoolOptions): OnnxValue {
    return this.#pool('AveragePool', x, options, { count_include_pad: { i: 0 } });
  }

  globalAvgPool(x: OnnxValue): OnnxValue {
    return this.#globalPool('GlobalAveragePool', x);
  }

  globalMaxPool(x: OnnxValue): OnnxValue {
    return this.#globalPool('GlobalMaxPool', x);
  }

  batchNorm(x: OnnxValue, weights: BatchNormWeights<OnnxValue>, { epsilon }: BatchNormOptions): OnnxValue {
    const g = this.graph;
    const channels = x.shape.at(-1) ?? 1;
    const image = g.inLayout(x, 'channelsFirst');
    const inputs = [
      image,
      weights.gamma ? g.weight(weights.gamma) : g.filled(1, channels),
      weights.beta ? g.weight(weights.beta) : g.filled(0, channels),
      g.weight(weights.movingMean),
      g.weight(weights.movingVariance),
    ];
    return g.node('BatchNormalization', inputs, image, { epsilon: { f: epsilon } });
  }

  dropout(x: OnnxValue): OnnxValue {
    return x;
  }

  reshape(x: OnnxValue, shape: Shape): OnnxValue {
    const g = this.graph;
    return g.node(
      'Reshape',
      [g.inLayout(x, 'channelsLast'), g.integers([-1, ...shape])],
      x,
      {},
      {
        shape,
        layout: 'channelsLast',
      },
    );
  }

  add(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.graph.node('Add', [a, this.graph.inLayout(b, a.layout)], a);
  }

  mul(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.graph.node('Mul', [a, this.graph.inLayout(b, a.layout)], a);
  }

  #pool(op: string, x: OnnxValue, options: PoolOptions, more: Record<string, AttributeValue>): OnnxValue {
    const window = { size: options.poolSize, dilationRate: [1, 1] as const, ...options };
    const image = this.graph.inLayout(x, 'channelsFirst');
    const shape = [...slid(x.shape, window), x.shape[2] ?? 1];
    return this.graph.node(op, [image], image, { ...windowAttributes(x.shape, window), ...more }, { shape });
  }

  /** [N, C, H, W] → [N, C, 1, 1] → [N, C]. */
  #globalPool(op: string, x: OnnxValue): OnnxValue {
    const g = this.graph;
    const image = g.inLayout(x, 'channelsFirst');
    const shape = x.shape.slice(2);
    const pooled = g.node(op, [image], image, {}, { shape: [1, 1, ...shape] });
    return g.node('Flatten', [pooled], pooled, { axis: { i: 1 } }, { shape, layout: 'channelsLast' });
  }
}

function windowAttributes(shape: Shape, window: SlidingWindow): Record<string, AttributeValue> {
  const [rows, columns] = paddingOf(shape, window);
  return {
    kernel_shape: { ints: window.size },
    strides: { ints: window.strides },
    pads: { ints: [rows[0], columns[0], rows[1], columns[1]] },
  };
}
