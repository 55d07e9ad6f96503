import { slowName } from '../../model/state-names.js';
import type { TrainerSpec } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import type { Variables } from './variables.js';

/** A function of its own, since most steps do without. */
export interface LookaheadFunction {
  /** float32 scalar */
  readonly rate: GraphTensor;
  /** Runs the writes when fetched. */
  readonly done: GraphTensor;
}

/** slow += rate · (weight − slow), then weight = slow (Zhang et al. 2019). */
export function lookaheadFunction(g: Graph, { model }: TrainerSpec, variables: Variables): LookaheadFunction {
  const rate = g.placeholder('float', []);
  const written = model.trainable.map(({ name }) => {
    const [weight, slow] = [variables.get(name), variables.get(slowName(name))];
    const distance = g.map('Sub', [slow.read(), weight.read()]);
    const moved = slow.assignSub(g.map('Mul', [distance, rate]));
    return weight.assign(slow.read([moved]));
  });
  return { rate, done: g.after(g.scalar(0), written) };
}
