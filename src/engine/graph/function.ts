import { EngineError } from '../../errors.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { Graph, type GraphTensor, PLAIN_MACHINE } from './graph.js';
import { outputInBody } from './output-names.js';
import { attr, DTYPE, type FunctionDef } from './proto.js';
import { Session } from './session.js';

/**
 * Emits a call of a function that XLA compiles as a whole, for the shapes of its inputs, when it is first called. What is
 * written to a variable whose handle is among the inputs is written when the call ends.
 *
 * @param build emits the body, from its arguments to what the call gives; it takes nothing from outside
 */
export function compiledCall(
  g: Graph,
  name: string,
  inputs: readonly GraphTensor[],
  build: (body: Graph, args: readonly GraphTensor[]) => readonly GraphTensor[],
  control: readonly GraphTensor[] = [],
): GraphTensor[] {
  const body = new Graph({ ...PLAIN_MACHINE, gpu: g.machine.gpu, xla: true });
  const args = inputs.map(({ dtype, shape }, i) => ({ node: `argument_${i}`, index: 0, dtype, shape }));
  const results = build(body, args);
  g.define(definition(body, name, args, results));
  const attrs = {
    Tin: attr.types(inputs.map(({ dtype }) => dtype)),
    Tout: attr.types(results.map(({ dtype }) => dtype)),
    f: attr.function(name),
    _XlaMustCompile: attr.bool(true),
  };
  const outputs = results.map(({ dtype, shape }) => [dtype, shape] as const);
  return g.nodes('StatefulPartitionedCall', inputs, attrs, outputs, control);
}

/** In a body an argument goes by its name alone and other tensors by their output's name. */
function definition(
  body: Graph,
  name: string,
  args: readonly GraphTensor[],
  results: readonly GraphTensor[],
): FunctionDef {
  const ops = new Map(body.definition().map((node) => [node.name, node.op]));
  const inBody = (input: string) => {
    const [node = '', index] = input.split(':');
    const op = ops.get(node);
    return index === undefined ? input : op === undefined ? node : `${node}:${outputInBody(op, Number(index))}`;
  };
  return {
    signature: {
      name,
      input_arg: args.map(({ node, dtype }) => ({ name: node, type: DTYPE[dtype] })),
      output_arg: results.map(({ dtype }, i) => ({ name: `result_${i}`, type: DTYPE[dtype] })),
      is_stateful: true,
    },
    attr: { _XlaMustCompile: attr.bool(true) },
    node_def: body.definition().map((node) => ({ ...node, input: node.input.map(inBody) })),
    ret: Object.fromEntries(results.map(({ node, index }, i) => [`result_${i}`, inBody(`${node}:${index}`)])),
  };
}

/** In a body: x, which XLA computes and keeps before what takes it, as it would not of itself. */
export function barrier(body: Graph, x: GraphTensor): GraphTensor {
  const attrs = { T: attr.types([x.dtype]) };
  return body.nodes('XlaOptimizationBarrier', [x], attrs, [[x.dtype, x.shape]])[0] as GraphTensor;
}

/** Whether this TensorFlow has XLA, and XLA what it needs on this machine. */
export function compiles(binding: TensorFlowBinding): boolean {
  const g = new Graph();
  const [y] = compiledCall(g, 'probe', [g.scalar(1)], (body, [x]) => [
    body.map('Neg', [barrier(body, x as GraphTensor)]),
  ]);
  try {
    const session = new Session(binding, g);
    try {
      return session.run([], [y as GraphTensor])[0]?.[0] === -1;
    } finally {
      session.dispose();
    }
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}
