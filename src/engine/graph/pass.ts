import type { GraphTensor } from './graph.js';
import type { Tape } from './tape.js';
import type { Variable } from './variables.js';

/** What a training pass needs besides the graph. */
export interface TrainingPass {
  readonly tape: Tape;
  /** int32 scalar: the optimizer step, which keys dropout. */
  readonly step: GraphTensor;
  readonly seed: number;
  /** The variable behind a tensor read from it. */
  variableOf(tensor: GraphTensor): Variable;
  /** Takes writes that must happen in the step, such as moving statistics. */
  update(write: GraphTensor): void;
}
