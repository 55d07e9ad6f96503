import type { TrainerSpec, WeightSet } from '../engine.js';
import { type EvaluateFunction, evaluateFunction, type PredictFunction, predictFunction } from './evaluate.js';
import { Graph, type Machine } from './graph.js';
import { type LookaheadFunction, lookaheadFunction } from './lookahead.js';
import type { CrossEntropy } from './loss.js';
import { type GraphOptimizer, graphOptimizer } from './optimizer.js';
import { compiledTrainFunction, type ObservedTrainFunction, type TrainFunction, trainFunction } from './step.js';
import { type ReadFunction, readFunction, type WriteFunction, writeFunction } from './transfer.js';
import { Variables } from './variables.js';

/** How a program computes what it does. */
export interface ProgramOptions {
  /** `kernel` by default. */
  readonly crossEntropy?: CrossEntropy;
  /** With nothing special by default. */
  readonly machine?: Machine;
  /** Whether XLA compiles the steps on full batches. */
  readonly jitCompile?: boolean;
}

/**
 * Everything a trainer does, as functions in one graph over shared variables. TensorFlow prunes the graph to what a call
 * fetches, so that functions which are not called cost nothing.
 */
export class Program {
  readonly graph: Graph;
  readonly optimizer: GraphOptimizer;
  readonly variables: Variables;
  /** One step on a full batch, whose size the graph knows: that saves up to 5 % and decides how sums are formed. */
  readonly trainFull: TrainFunction;
  /** One step on a batch of any size. */
  readonly trainAny: ObservedTrainFunction;
  /** The same, never compiled, so that it can be looked into. */
  readonly observedFull: ObservedTrainFunction;
  /** `stepsPerCall` steps on full batches, where that is more than one. */
  readonly trainMany: TrainFunction | undefined;
  /** Where the spec asks for it. */
  readonly lookahead: LookaheadFunction | undefined;
  readonly evaluate: Record<WeightSet, EvaluateFunction>;
  readonly predict: Record<WeightSet, PredictFunction>;
  readonly read: ReadonlyMap<string, ReadFunction>;
  readonly write: ReadonlyMap<string, WriteFunction>;

  constructor(spec: TrainerSpec, { crossEntropy = 'kernel', machine, jitCompile = false }: ProgramOptions = {}) {
    const g = new Graph(machine);
    this.graph = g;
    this.optimizer = graphOptimizer(spec.optimizer);
    this.variables = Variables.declare(g, spec, this.optimizer, this.optimizer.scratch);
    const { optimizer, variables } = this;
    const context = { spec, optimizer, variables, crossEntropy };
    const train = jitCompile ? compiledTrainFunction : trainFunction;
    this.observedFull = trainFunction(g, context, 1, spec.batchSize);
    this.trainFull = jitCompile ? compiledTrainFunction(g, context, 1, spec.batchSize) : this.observedFull;
    this.trainAny = trainFunction(g, context, 1, -1);
    if (spec.stepsPerCall > 1) this.trainMany = train(g, context, spec.stepsPerCall, spec.batchSize);
    if (spec.lookahead) this.lookahead = lookaheadFunction(g, spec, variables);
    this.evaluate = forEachSet(spec, (set) => evaluateFunction(g, spec, variables, set, crossEntropy));
    this.predict = forEachSet(spec, (set) => predictFunction(g, spec, variables, set));
    const { images, labels, state, scratch } = variables;
    this.read = new Map([...state].map(([name, variable]) => [name, readFunction(g, variable)]));
    const writable = [['images', images], ['labels', labels], ...state, ...scratch] as const;
    this.write = new Map(writable.map(([name, variable]) => [name, writeFunction(g, variable)]));
  }
}

/** Without averages both sets are the weights. */
function forEachSet<F>({ emaDecay }: TrainerSpec, make: (set: WeightSet) => F): Record<WeightSet, F> {
  const current = make('current');
  return { current, ema: emaDecay === undefined ? current : make('ema') };
}
