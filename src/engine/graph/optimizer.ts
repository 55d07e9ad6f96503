import { sizeOf } from '../../model/tensors.js';
import { createOptimizer, type Optimizer, type OptimizerSpec } from '../../optimizers/registry.js';
import { graphArithmetic } from './arithmetic.js';
import { runsAsLoop } from './elementwise.js';
import { compiledCall } from './function.js';
import type { Graph, GraphTensor } from './graph.js';
import { KERNELS, type Kernel, type WeightNodes } from './kernels.js';
import type { Variable } from './variables.js';

/** Values of a weight from which on a loop of its own pays. */
const LARGE = 2 ** 18;

/** Emits the update of one weight and its slots, and returns the writes. */
type Apply = (g: Graph, nodes: WeightNodes<string, string>) => readonly GraphTensor[];

/** An optimizer as a graph has it. */
export interface GraphOptimizer extends Optimizer {
  /** Arrays that its kernel needs besides the slots. */
  readonly scratch: readonly string[];
  readonly apply: Apply;
}

/**
 * The optimizer by the fastest way that there is: TensorFlow's kernel, the formula where there is none, and for a large
 * gradient that was cast to float32 a loop over what it was cast from.
 */
export function graphOptimizer(spec: OptimizerSpec): GraphOptimizer {
  const plain = byKernel(spec) ?? byFormula(spec);
  const loop = byLoop(spec);
  const apply: Apply = (g, nodes) => {
    const { gradient } = nodes;
    const pays = sizeOf(gradient.shape) >= LARGE && g.uncast(gradient) !== gradient && runsAsLoop(g, gradient);
    return (pays ? loop : plain).apply(g, nodes);
  };
  return { ...plain, apply };
}

/** The optimizer by TensorFlow's kernel; undefined where there is none. */
export function byKernel(spec: OptimizerSpec): GraphOptimizer | undefined {
  // The table pairs each type with its own constants; TypeScript cannot follow that through an index.
  const kernel = (KERNELS as { readonly [type: string]: Kernel<never> })[spec.type];
  if (kernel === undefined) return undefined;
  const { scratch = [], apply } = kernel;
  return { ...createOptimizer(spec), scratch, apply: (g, nodes) => [apply(g, spec as never, nodes)] };
}

/** The optimizer by its formula, in which each operation is a node. */
export function byFormula(spec: OptimizerSpec): GraphOptimizer {
  const optimizer = createOptimizer(spec);
  const apply: Apply = (g, { variable, slot, after, ...rest }) => {
    const weight = variable.read(after);
    const next = optimizer.update(graphArithmetic(g), { ...rest, weight, slot: (name) => slot(name).read(after) });
    const values = [next.weight, ...optimizer.slots.map((name) => next.slots[name])];
    return assignEach([variable, ...optimizer.slots.map(slot)], values);
  };
  return { ...optimizer, scratch: [], apply };
}

/**
 * The optimizer by its formula as one loop that XLA compiles, over memory that it changes in place; the gradient is widened
 * in it, and need not be written in float32 before.
 *
 * XLA merges loops that read the same arrays, but not one loop with another that reads what it wrote. So the new weight does
 * not read the slots that are written: it computes them again, from the same gradient as a second argument.
 */
export function byLoop(spec: OptimizerSpec): GraphOptimizer {
  const optimizer = createOptimizer(spec);
  const { type, slots, scalars } = optimizer;
  const names = Object.keys(scalars({ learningRate: 0, t: 1 }));
  const apply: Apply = (g, { variable, gradient, slot, scalar, decay, after }) => {
    const given = g.uncast(gradient);
    const arrays = [variable, ...slots.map(slot)];
    const inputs = [given, given, ...arrays.map(({ handle }) => handle), ...names.map(scalar)];
    const build = (body: Graph, [forWeight, forSlots, ...args]: readonly GraphTensor[]) => {
      const variables = arrays.map((array, i) => array.within(body, args[i] as GraphTensor));
      const [weight, ...kept] = variables.map((variable) => variable.read()) as [GraphTensor, ...GraphTensor[]];
      const numbers = args.slice(arrays.length);
      const update = (gradient: GraphTensor | undefined) =>
        optimizer.update(graphArithmetic(body), {
          weight,
          gradient: body.cast(gradient as GraphTensor, 'float'),
          slot: (name) => kept[slots.indexOf(name)] as GraphTensor,
          scalar: (name) => numbers[names.indexOf(name)] as GraphTensor,
          decay,
        });
      const next = update(forSlots).slots;
      const values = [update(forWeight).weight, ...slots.map((name) => next[name])];
      const written = assignEach(variables, values);
      return [body.after(body.scalar(0), written)];
    };
    return compiledCall(g, `${type}_${given.dtype}_${decay}`, inputs, build, after);
  };
  return { ...optimizer, scratch: [], apply };
}

/** Emits the writes of the values that there are, each to the variable in its place. */
function assignEach(variables: readonly Variable[], values: readonly (GraphTensor | undefined)[]): GraphTensor[] {
  return variables.flatMap((variable, i) => {
    const value = values[i];
    return value === undefined ? [] : [variable.assign(value)];
  });
}
