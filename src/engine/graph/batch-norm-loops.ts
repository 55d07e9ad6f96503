import { barrier, compiledCall } from './function.js';
import type { Graph, GraphTensor } from './graph.js';

/** Terms of a sum that XLA writes out; a loop over more takes four times as long. */
const WRITTEN_OUT = 16;

/** Batch normalisation in training: [N, H, W, C] → the same, its mean and variance, and the gradients by x, scale and offset. */
export interface Normalised {
  readonly y: GraphTensor;
  /** [C] float32; the variance is divided by n. */
  readonly mean: GraphTensor;
  readonly variance: GraphTensor;
  readonly gradients: (dy: GraphTensor) => readonly GraphTensor[];
}

/** By loops that XLA compiles, in float32 inside: over the statistics, the values, the gradients' sums, and the gradient by x. */
export function normaliseByLoops(
  g: Graph,
  x: GraphTensor,
  scale: GraphTensor,
  offset: GraphTensor,
  epsilon: number,
): Normalised {
  const [batch, height, width] = x.shape as [number, number, number, number];
  const perPixel = (body: Graph, sum: GraphTensor) => body.map('Mul', [sum, body.scalar(1 / (batch * height * width))]);
  const loop = (name: string, inputs: readonly GraphTensor[], build: Parameters<typeof compiledCall>[3]) =>
    compiledCall(g, `batch_norm_${name}_${x.dtype}_${x.shape.join('x')}`, inputs, build) as [GraphTensor, GraphTensor];

  const [mean, variance] = loop('statistics', [x], (body, [x]) => {
    const wide = body.cast(x as GraphTensor, 'float');
    const mean = perPixel(body, sumOverPixels(body, wide));
    const squares = body.map('Square', [body.map('Sub', [wide, mean])]);
    return [mean, perPixel(body, sumOverPixels(body, squares))];
  });
  const standard = [x, mean, variance, g.scalar(epsilon)];
  const [y] = loop('values', [scale, offset, ...standard], (body, [scale, offset, ...standard]) => {
    const { normal } = standardised(body, standard);
    const scaled = body.map('Mul', [normal, scale as GraphTensor]);
    return [body.cast(body.map('AddV2', [scaled, offset as GraphTensor]), x.dtype)];
  });
  const gradients = (dy: GraphTensor) => {
    const [dScale, dOffset] = loop('sums', [dy, ...standard], (body, [dy, ...standard]) => {
      const { normal } = standardised(body, standard);
      const wide = body.cast(dy as GraphTensor, 'float');
      return [sumOverPixels(body, body.map('Mul', [wide, normal])), sumOverPixels(body, wide)];
    });
    const [dx] = loop('gradient', [dy, scale, dScale, dOffset, ...standard], (body, [dy, scale, ...rest]) => {
      const [dScale, dOffset, ...standard] = rest;
      const { normal, inverse } = standardised(body, standard);
      const means = [dScale, dOffset].map((sum) => perPixel(body, sum as GraphTensor)) as [GraphTensor, GraphTensor];
      const centred = body.map('Sub', [body.cast(dy as GraphTensor, 'float'), means[1]]);
      const across = body.map('Sub', [centred, body.map('Mul', [normal, means[0]])]);
      return [body.cast(body.map('Mul', [across, body.map('Mul', [inverse, scale as GraphTensor])]), x.dtype)];
    });
    return [dx, dScale, dOffset];
  };
  return { y, mean, variance, gradients };
}

/** In a loop: x with mean 0 and variance 1, and the inverse of its deviation. */
function standardised(g: Graph, args: readonly GraphTensor[]) {
  const [x, mean, variance, epsilon] = args as [GraphTensor, GraphTensor, GraphTensor, GraphTensor];
  const inverse = g.map('Rsqrt', [g.map('AddV2', [variance, epsilon])]);
  return { inverse, normal: g.map('Mul', [g.map('Sub', [g.cast(x, 'float'), mean]), inverse]) };
}

/**
 * [N, H, W, C] → [C]: first over a few pixels of each image, whose rows are long vectors, then over those sums. The barrier
 * keeps XLA from making one slow loop of both.
 */
function sumOverPixels(g: Graph, x: GraphTensor): GraphTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const few = largestDivisor(height * width, WRITTEN_OUT);
  const rows = (height * width) / few;
  const sums = g.reduce('Sum', g.reshape(x, [batch, few, rows * channels]), [1]);
  return g.reduce('Sum', g.reshape(barrier(g, sums), [batch * rows, channels]), [0]);
}

function largestDivisor(n: number, most: number): number {
  for (let divisor = Math.min(n, most); ; divisor--) if (n % divisor === 0) return divisor;
}
