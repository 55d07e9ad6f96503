import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Differentiable } from './tape.js';

/** [N, in] × [in, out] of one type → [N, out]. */
export function matMul(g: Graph, x: GraphTensor, kernel: GraphTensor): Differentiable {
  return {
    y: product(g, x, kernel),
    inputs: [
      [x, (dy) => inputGradient(g, dy, kernel)],
      [kernel, (dy) => product(g, x, dy, { transposeA: true })],
    ],
  };
}

/** Adds a vector over the last dimension, of the same type. */
export function biasAdd(g: Graph, x: GraphTensor, bias: GraphTensor): Differentiable {
  const attrs = { T: attr.type(x.dtype), data_format: attr.string('NHWC') };
  return {
    y: g.node('BiasAdd', [x, bias], attrs, x.dtype, x.shape),
    inputs: [
      [x, (dy) => dy],
      [bias, (dy) => biasGradient(g, dy)],
    ],
  };
}

function product(
  g: Graph,
  a: GraphTensor,
  b: GraphTensor,
  { transposeA = false, transposeB = false } = {},
): GraphTensor {
  const attrs = { T: attr.type(a.dtype), transpose_a: attr.bool(transposeA), transpose_b: attr.bool(transposeB) };
  const shape = [a.shape[transposeA ? 1 : 0] as number, b.shape[transposeB ? 0 : 1] as number];
  return g.node('MatMul', [a, b], attrs, a.dtype, shape);
}

/** dY · Wᵀ; on a CPU through (W · dYᵀ)ᵀ where W is tall and narrow, which is 1.4 times as fast there: W is not packed again. */
function inputGradient(g: Graph, dy: GraphTensor, kernel: GraphTensor): GraphTensor {
  const [tall = 0, narrow = 0] = kernel.shape;
  if (g.machine.gpu || tall < 4096 || narrow > 128) return product(g, dy, kernel, { transposeB: true });
  const flipped = product(g, kernel, dy, { transposeB: true });
  const attrs = { T: attr.type(flipped.dtype), Tperm: attr.type('int32') };
  return g.node('Transpose', [flipped, g.constant('int32', [1, 0])], attrs, flipped.dtype, flipped.shape.toReversed());
}

/**
 * The sum of dY over all but the last dimension. On a CPU in float32 as ones · dY: as BiasAddGrad oneDNN would fold it into the
 * kernel's gradient, which then takes up to a quarter longer; in bfloat16 the folded form is the faster one.
 */
function biasGradient(g: Graph, dy: GraphTensor): GraphTensor {
  const [channels = 0, ...rest] = dy.shape.toReversed();
  const T = attr.type(dy.dtype);
  if (g.machine.gpu || dy.dtype !== 'float' || rest.includes(-1)) {
    return g.node('BiasAddGrad', [dy], { T, data_format: attr.string('NHWC') }, dy.dtype, [channels]);
  }
  const rows = rest.reduce((a, b) => a * b, 1);
  const fill = { T, index_type: attr.type('int32') };
  const ones = g.node('Fill', [g.constant('int32', [1, rows]), g.scalar(1)], fill, 'float', [1, rows]);
  const sum = g.node('MatMul', [ones, g.reshape(dy, [rows, channels])], { T }, 'float', [1, channels]);
  return g.reshape(sum, [channels]);
}
