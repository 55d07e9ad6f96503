import { averageName, slotName } from '../../model/state-names.js';
import type { TrainerSpec } from '../engine.js';
import { AVERAGE_RATE, scalarName } from '../step-scalars.js';
import type { Graph, GraphTensor } from './graph.js';
import type { GraphOptimizer } from './optimizer.js';
import type { Variable, Variables } from './variables.js';

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
