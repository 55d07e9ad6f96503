import { type Activation, GELU_APPROXIMATE, LEAKY_SLOPE } from '../../model/ops.js';
import { sizeOf } from '../../model/tensors.js';
import { elementwise } from './elementwise.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Rule } from './tape.js';

interface Differentiable {
  readonly y: GraphTensor;
  readonly rule: Rule;
}

/** bfloat16 values from which on a loop is faster than ReLU's gradient kernel, which widens and narrows each by itself. */
const LARGE = 2 ** 19;

/** Each activation with its derivative, by TensorFlow's own gradient kernels where they exist. */
export const ACTIVATIONS = {
  linear: (_g, x) => ({ y: x, rule: (dy) => dy }),
  relu: (g, x) => {
    const y = g.map('Relu', [x]);
    const gradient = (g: Graph, dy: GraphTensor, y: GraphTensor) => g.map('ReluGrad', [dy, y]);
    const loop = x.dtype === 'bfloat16' && sizeOf(x.shape) >= LARGE;
    return { y, rule: (dy) => (loop ? elementwise(g, 'relu_gradient', [dy, y], gradient) : gradient(g, dy, y)) };
  },
  leakyRelu: (g, x) => {
    const attrs = { alpha: attr.float(LEAKY_SLOPE) };
    return { y: g.map('LeakyRelu', [x], attrs), rule: (dy) => g.map('LeakyReluGrad', [dy, x], attrs) };
  },
  elu: (g, x) => {
    const y = g.map('Elu', [x]);
    return { y, rule: (dy) => g.map('EluGrad', [dy, y]) };
  },
  gelu: fused('gelu', gelu, geluGradient),
  geluApproximate: fused('gelu_approximate', geluApproximate, geluApproximateGradient),
  silu: fused('silu', silu, siluGradient),
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

/** An activation that TensorFlow has no kernel for. */
function fused(
  name: string,
  forward: (g: Graph, x: GraphTensor) => GraphTensor,
  gradient: (g: Graph, dy: GraphTensor, x: GraphTensor) => GraphTensor,
): (g: Graph, x: GraphTensor) => Differentiable {
  return (g, x) => ({
    y: elementwise(g, name, [x], forward),
    // From x alone: nothing else is kept, and where the nodes are not compiled TensorFlow takes equal ones from the forward pass.
    rule: (dy) => elementwise(g, `${name}_gradient`, [dy, x], gradient),
  });
}

/** x·Φ(x), the exact form (Hendrycks & Gimpel 2016). */
function gelu(g: Graph, x: GraphTensor): GraphTensor {
  return g.map('Mul', [x, normalDistribution(g, x)]);
}

/** dy·(Φ(x) + x·φ(x)). */
function geluGradient(g: Graph, dy: GraphTensor, x: GraphTensor): GraphTensor {
  const scaled = g.map('Mul', [x, g.scalar(Math.SQRT1_2, x.dtype)]);
  const exponential = g.map('Exp', [g.map('Neg', [g.map('Square', [scaled])])]);
  const density = g.map('Mul', [exponential, g.scalar(1 / Math.sqrt(2 * Math.PI), x.dtype)]);
  return g.map('Mul', [dy, g.map('AddV2', [normalDistribution(g, x), g.map('Mul', [x, density])])]);
}

/** Φ(x). */
function normalDistribution(g: Graph, x: GraphTensor): GraphTensor {
  const error = g.map('Erf', [g.map('Mul', [x, g.scalar(Math.SQRT1_2, x.dtype)])]);
  return g.map('Mul', [g.map('AddV2', [error, g.scalar(1, x.dtype)]), g.scalar(0.5, x.dtype)]);
}

/** x·(1 + t)/2, t = tanh(z). */
function geluApproximate(g: Graph, x: GraphTensor): GraphTensor {
  return g.map('Mul', [x, halfOf(g, g.map('AddV2', [tanhOfCubic(g, x), g.scalar(1, x.dtype)]))]);
}

/** dy·((1 + t) + x·(1 − t²)·z′)/2 with z′ = scale·(1 + 3·cubic·x²). */
function geluApproximateGradient(g: Graph, dy: GraphTensor, x: GraphTensor): GraphTensor {
  const one = g.scalar(1, x.dtype);
  const t = tanhOfCubic(g, x);
  const slope = g.map('TanhGrad', [t, scaledOnePlus(g, 3 * GELU_APPROXIMATE.cubic, x)]);
  const sum = g.map('AddV2', [g.map('AddV2', [t, one]), g.map('Mul', [x, slope])]);
  return g.map('Mul', [dy, halfOf(g, sum)]);
}

/** tanh(scale·(x + cubic·x³)). */
function tanhOfCubic(g: Graph, x: GraphTensor): GraphTensor {
  return g.map('Tanh', [g.map('Mul', [x, scaledOnePlus(g, GELU_APPROXIMATE.cubic, x)])]);
}

/** scale·(1 + factor·x²). */
function scaledOnePlus(g: Graph, factor: number, x: GraphTensor): GraphTensor {
  const { scale } = GELU_APPROXIMATE;
  const square = g.map('Mul', [g.map('Square', [x]), g.scalar(scale * factor, x.dtype)]);
  return g.map('AddV2', [square, g.scalar(scale, x.dtype)]);
}

function halfOf(g: Graph, x: GraphTensor): GraphTensor {
  return g.map('Mul', [x, g.scalar(0.5, x.dtype)]);
}

/** x·σ(x). */
function silu(g: Graph, x: GraphTensor): GraphTensor {
  return g.map('Mul', [x, g.map('Sigmoid', [x])]);
}

/** dy·σ(x)·(1 + x·(1 − σ(x))). */
function siluGradient(g: Graph, dy: GraphTensor, x: GraphTensor): GraphTensor {
  const s = g.map('Sigmoid', [x]);
  const one = g.scalar(1, x.dtype);
  const rest = g.node('Sub', [one, s], { T: attr.type(x.dtype) }, x.dtype, x.shape);
  const inner = g.map('AddV2', [g.map('Mul', [x, rest]), one]);
  return g.map('Mul', [dy, g.map('Mul', [s, inner])]);
}
