import type { Arithmetic } from '../../optimizers/definition.js';
import type { Graph, GraphTensor } from './graph.js';

/** The optimizers' arithmetic as nodes of a graph. */
export function graphArithmetic(g: Graph): Arithmetic<GraphTensor> {
  const binary = (op: string) => (a: GraphTensor, b: GraphTensor | number) =>
    g.map(op, [a, typeof b === 'number' ? g.scalar(b) : b]);
  return {
    add: binary('AddV2'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('RealDiv'),
    square: (a) => g.map('Square', [a]),
    sqrt: (a) => g.map('Sqrt', [a]),
  };
}
