import { type Activation, LEAKY_SLOPE } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Rule } from './tape.js';

interface Differentiable {
  readonly y: GraphTensor;
  readonly rule: Rule;
}

/** Each activation with its derivative, by TensorFlow's own gradient kernels where they exist. */
export const ACTIVATIONS = {
  linear: (_g, x) => ({ y: x, rule: (dy) => dy }),
  relu: (g, x) => {
    const y = g.map('Relu', [x]);
    return { y, rule: (dy) => g.map('ReluGrad', [dy, y]) };
  },
  leakyRelu: (g, x) => {
    const attrs = { alpha: attr.float(LEAKY_SLOPE) };
    return { y: g.map('LeakyRelu', [x], attrs), rule: (dy) => g.map('LeakyReluGrad', [dy, x], attrs) };
  },
  elu: (g, x) => {
    const y = g.map('Elu', [x]);
    return { y, rule: (dy) => g.map('EluGrad', [dy, y]) };
  },
  // x·Φ(x), the exact form; its derivative is Φ(x) + x·φ(x) (Hendrycks & Gimpel 2016).
  gelu: (g, x) => {
    const scaled = g.map('Mul', [x, g.scalar(Math.SQRT1_2, x.dtype)]);
    const twice = g.map('AddV2', [g.map('Erf', [scaled]), g.scalar(1, x.dtype)]);
    const cdf = g.map('Mul', [twice, g.scalar(0.5, x.dtype)]);
    return {
      y: g.map('Mul', [x, cdf]),
      rule: (dy) => {
        const exponential = g.map('Exp', [g.map('Neg', [g.map('Mul', [scaled, scaled])])]);
        const density = g.map('Mul', [exponential, g.scalar(1 / Math.sqrt(2 * Math.PI), x.dtype)]);
        return g.map('Mul', [dy, g.map('AddV2', [cdf, g.map('Mul', [x, density])])]);
      },
    };
  },
  // d/dx x·σ(x) = σ(x)·(1 + x·(1 − σ(x))).
  silu: (g, x) => {
    const s = g.map('Sigmoid', [x]);
    return {
      y: g.map('Mul', [x, s]),
      rule: (dy) => {
        const one = g.scalar(1, x.dtype);
        const rest = g.node('Sub', [one, s], { T: attr.type(x.dtype) }, x.dtype, x.shape);
        const inner = g.map('AddV2', [g.map('Mul', [x, rest]), one]);
        return g.map('Mul', [dy, g.map('Mul', [s, inner])]);
      },
    };
  },
  tanh: (g, x) => {
    const y = g.map('Tanh', [x]);
    return { y, rule: (dy) => g.map('TanhGrad', [y, dy]) };
  },
  sigmoid: (g, x) => {
    const y = g.map('Sigmoid', [x]);
    return { y, rule: (dy) => g.map('SigmoidGrad', [y, dy]) };
  },
  softmax: (g, x) => {
    const y = g.map('Softmax', [x]);
    return {
      y,
      rule: (dy) => {
        const inner = g.reduce('Sum', g.map('Mul', [dy, y]), [x.shape.length - 1], true);
        return g.map('Mul', [g.map('Sub', [dy, inner]), y]);
      },
    };
  },
} satisfies Record<Activation, (g: Graph, x: GraphTensor) => Differentiable>;
