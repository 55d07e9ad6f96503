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
  const [first] = inputs as unknown as [GraphTensor];
  const { dtype } = first;
  if (!runsAsLoop(g, first)) return build(g, ...inputs);
  const [y] = compiledCall(g, `${name}_${dtype}`, inputs, (body, args) => {
    const wide = args.map((arg) => body.cast(arg, 'float')) as unknown as Inputs;
    return [body.cast(build(body, ...wide), dtype)];
  });
  return y as GraphTensor;
}

/** Whether arithmetic on this tensor can be compiled: XLA does it for shapes that it knows. */
export function runsAsLoop(g: Graph, { shape }: GraphTensor): boolean {
  return !shape.includes(-1) && g.machine.compilesLoops();
}
