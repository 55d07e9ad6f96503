import { averageName, slotName } from '../../model/state-names.js';
import { createOptimizer, type Optimizer, type OptimizerSpec } from '../../optimizers/registry.js';
import type { TrainerSpec } from '../engine.js';
import { AVERAGE_RATE, scalarName } from '../step-scalars.js';
import { graphArithmetic } from './arithmetic.js';
import type { Graph, GraphTensor } from './graph.js';
import { KERNELS, type Kernel, type WeightNodes } from './kernels.js';
import type { Variable, Variables } from './variables.js';

/** Emits the update of one weight and its slots, and returns the writes. */
type Apply = (g: Graph, nodes: WeightNodes<string, string>) => readonly GraphTensor[];

/** An optimizer as a graph has it. */
export interface GraphOptimizer extends Optimizer {
  /** Arrays that its kernel needs besides the slots. */
  readonly scratch: readonly string[];
  readonly apply: Apply;
}

/** The optimizer by TensorFlow's kernel, or by its formula where there is none. */
export function graphOptimizer(spec: OptimizerSpec): GraphOptimizer {
  return byKernel(spec) ?? byFormula(spec);
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
    const slots = optimizer.slots.map((name) => [slot(name), next.slots[name]] as const);
    return [
      variable.assign(next.weight),
      ...slots.flatMap(([kept, value]) => (value === undefined ? [] : [kept.assign(value)])),
    ];
  };
  return { ...optimizer, scratch: [], apply };
}

/** What one step brings to the update. */
export interface StepResult {
  /** By the name of each trainable weight. */
  readonly gradients: ReadonlyMap<string, GraphTensor>;
  /** By name, of `stepScalars`. */
  readonly scalars: ReadonlyMap<string, GraphTensor>;
  /** The nodes that read the old weight. */
  readersOf(name: string): readonly GraphTensor[];
}

/** Emits the update of all weights and of their averages, and returns the writes. */
export function update(
  g: Graph,
  spec: TrainerSpec,
  optimizer: GraphOptimizer,
  variables: Variables,
  { gradients, scalars, readersOf }: StepResult,
): GraphTensor[] {
  return spec.model.weights.flatMap((weight) => {
    const { name, decay } = weight;
    const gradient = gradients.get(name);
    if (gradient === undefined) return [];
    const variable = variables.get(name);
    const slot = (kept: string) => variables.get(slotName(optimizer.type, kept, name));
    const written = optimizer.apply(g, {
      variable,
      gradient,
      slot,
      scratch: slot,
      scalar: (scalar) => scalars.get(scalarName(spec, weight, scalar)) as GraphTensor,
      decay,
      // Once all readers are done nobody shares the buffer, and the kernel updates it without copying it first.
      after: readersOf(name),
    });
    const rate = scalars.get(AVERAGE_RATE);
    if (rate === undefined) return written;
    return [...written, moveAverage(g, variable, variables.get(averageName(name)), rate, written)];
  });
}

/** ema −= rate · (ema − weight), after the weight's update. */
function moveAverage(
  g: Graph,
  weight: Variable,
  average: Variable,
  rate: GraphTensor,
  updated: readonly GraphTensor[],
): GraphTensor {
  const distance = g.map('Sub', [average.read(updated), weight.read(updated)]);
  return average.assignSub(g.map('Mul', [distance, rate]));
}
