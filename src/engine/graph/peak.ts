import type { Precision } from '../engine.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { Graph, type GraphTensor } from './graph.js';
import { attr, COMPUTE } from './proto.js';
import { Session } from './session.js';

const SIDE = 2048;
const PRODUCTS = 10;
const TRIES = 5;

/** FLOP/s of a product of two square matrices, the best of a few tries. */
export function matMulFlops(binding: TensorFlowBinding, precision: Precision): number {
  const g = new Graph();
  const values = g.placeholder('float', [SIDE, SIDE]);
  const matrix = g.cast(values, COMPUTE[precision]);
  const attrs = { T: attr.type(matrix.dtype) };
  const powers = [matrix];
  for (let i = 0; i < PRODUCTS; i++)
    powers.push(g.node('MatMul', [powers[i] as GraphTensor, matrix], attrs, matrix.dtype, matrix.shape));
  // The same without the products, so that feeding and summing up do not count.
  const [none, all] = [powers[0], powers.at(-1)].map((x) => g.reduce('Sum', g.cast(x as GraphTensor, 'float'), [0, 1]));
  const session = new Session(binding, g);
  try {
    const data = new Float32Array(SIDE ** 2).fill(1 / SIDE);
    const seconds = (output: GraphTensor | undefined): number => {
      const times = Array.from({ length: TRIES }, () => {
        const start = performance.now();
        session.run([[values, data, values.shape]], [output as GraphTensor]);
        return performance.now() - start;
      });
      return Math.min(...times) / 1000;
    };
    return (PRODUCTS * 2 * SIDE ** 3) / (seconds(all) - seconds(none));
  } finally {
    session.dispose();
  }
}
