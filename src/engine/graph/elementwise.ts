import { compiledCall } from './function.js';
import type { Graph, GraphTensor } from './graph.js';

/**
 * Arithmetic on each element of tensors of one shape and type, written as nodes. In a graph that compiles loops XLA makes it
 * one pass over the memory, in float32 whatever the tensors' type; elsewhere each node is a pass of its own.
 */
export function elementwise<Inputs extends readonly GraphTensor[]>(
  g: Graph,
  name: string,
  inputs: Inputs,
  build: (g: Graph, ...inputs: Inputs) => GraphTensor,
): GraphTensor {
  const [{ dtype, shape }] = inputs as unknown as [GraphTensor];
  // XLA compiles for shapes that it knows.
  if (shape.includes(-1) || !g.machine.compilesLoops()) return build(g, ...inputs);
  const [y] = compiledCall(g, `${name}_${dtype}`, inputs, (body, args) => {
    const wide = args.map((arg) => body.cast(arg, 'float')) as unknown as Inputs;
    return [body.cast(build(body, ...wide), dtype)];
  });
  return y as GraphTensor;
}

/** a + b; TensorFlow's own kernel for bfloat16 takes twice as long as a compiled loop. */
export function sum(g: Graph, a: GraphTensor, b: GraphTensor): GraphTensor {
  const add = (within: Graph, x: GraphTensor, y: GraphTensor) => within.map('AddV2', [x, y]);
  return a.dtype === 'bfloat16' ? elementwise(g, 'sum', [a, b], add) : add(g, a, b);
}
