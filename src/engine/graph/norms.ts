import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';

/** Half of the tensor's squared L2 norm, [] float32. */
export function halfSquare(g: Graph, x: GraphTensor): GraphTensor {
  return g.node('L2Loss', [x], { T: attr.type('float') }, 'float', []);
}

/** The L2 norm of each float32 tensor, as scalars. */
export function l2Norms(g: Graph, tensors: readonly GraphTensor[]): GraphTensor[] {
  return tensors.map((x) => g.map('Sqrt', [g.map('Mul', [halfSquare(g, x), g.scalar(2)])]));
}
