import type { WeightSpec } from '../../model/layer.js';
import type { TrainerSpec, WeightSet } from '../engine.js';
import { Graph, type GraphTensor } from './graph.js';
import { GraphOps } from './graph-ops.js';
import { gather, normalise } from './images.js';
import { crossEntropy } from './loss.js';
import { optimizerRule } from './optimizers.js';
import { attr } from './proto.js';
import { type TrainFunction, trainFunction } from './train-function.js';
import { COMPUTE, found, Variable, type Variables } from './variable.js';

export interface EvaluateFunction {
  /** [N] int32. */
  readonly indices: GraphTensor;
  /** float32 scalar: the sum of the images' losses. */
  readonly loss: GraphTensor;
  /** [N, classes]. */
  readonly probabilities: GraphTensor;
}

export interface PredictFunction {
  /** [N, 28, 28, 1] uint8. */
  readonly images: GraphTensor;
  readonly probabilities: GraphTensor;
}

/** A placeholder and the write that it feeds. */
export interface WriteFunction {
  readonly value: GraphTensor;
  /** Runs the write when fetched. */
  readonly done: GraphTensor;
}

/**
 * Everything a trainer does, as functions in one graph over shared variables. TensorFlow prunes the graph to what a call
 * fetches, so that functions which are not called cost nothing.
 */
export class Program {
  readonly graph = new Graph();
  readonly variables: Variables;
  /** One step on a full batch, whose size the graph knows: that saves up to 5 % and decides how sums are formed. */
  readonly trainFull: TrainFunction;
  /** One step on a batch of any size. */
  readonly trainAny: TrainFunction;
  /** `stepsPerCall` steps on full batches, where that is more than one. */
  readonly trainMany: TrainFunction | undefined;
  readonly evaluate: Record<WeightSet, EvaluateFunction>;
  readonly predict: Record<WeightSet, PredictFunction>;
  readonly read: ReadonlyMap<string, GraphTensor>;
  readonly write: ReadonlyMap<string, WriteFunction>;

  constructor(private readonly spec: TrainerSpec) {
    this.variables = this.#declare();
    const train = (steps: number, batch: number) => trainFunction(this.graph, spec, this.variables, steps, batch);
    this.trainFull = train(1, spec.batchSize);
    this.trainAny = train(1, -1);
    if (spec.stepsPerCall > 1) this.trainMany = train(spec.stepsPerCall, spec.batchSize);
    this.evaluate = this.#bySet((set) => this.#evaluate(set));
    this.predict = this.#bySet((set) => this.#predict(set));
    const { images, labels, state, scratch } = this.variables;
    this.read = new Map([...state].map(([name, variable]) => [name, variable.read()]));
    const written = [['images', images], ['labels', labels], ...state, ...scratch] as const;
    this.write = new Map(written.map(([name, variable]) => [name, this.#write(variable)]));
  }

  #declare(): Variables {
    const { model, optimizer, pool, emaDecay } = this.spec;
    const rule = optimizerRule(optimizer);
    const declared = (names: readonly (readonly [string, WeightSpec])[]) =>
      new Map(names.map(([name, { shape }]) => [name, new Variable(this.graph, name, 'float', shape)]));
    const trainable = model.weights.filter((weight) => weight.trainable);
    const each = (prefix: string) => trainable.map((weight) => [`${prefix}/${weight.name}`, weight] as const);
    return {
      images: new Variable(this.graph, 'images', 'uint8', [pool.labels.length, ...model.inputShape]),
      labels: new Variable(this.graph, 'labels', 'uint8', [pool.labels.length]),
      state: declared([
        ...model.weights.map((weight) => [weight.name, weight] as const),
        ...rule.slots.flatMap((slot) => each(`${optimizer.type}/${slot}`)),
        ...(emaDecay === undefined ? [] : each('ema')),
      ]),
      scratch: declared(rule.scratch.flatMap((slot) => each(`${optimizer.type}/${slot}`))),
    };
  }

  /** Without averages both sets are the weights. */
  #bySet<F>(make: (set: WeightSet) => F): Record<WeightSet, F> {
    const current = make('current');
    return { current, ema: this.spec.emaDecay === undefined ? current : make('ema') };
  }

  #evaluate(set: WeightSet): EvaluateFunction {
    const g = this.graph;
    const indices = g.placeholder('int32', [-1]);
    const logits = this.#logits(gather(g, this.variables.images, indices), set);
    const labels = g.cast(gather(g, this.variables.labels, indices), 'int32');
    const { losses } = crossEntropy(g, logits, labels, 0);
    return { indices, loss: g.reduce('Sum', losses, [0]), probabilities: g.map('Softmax', [logits]) };
  }

  #predict(set: WeightSet): PredictFunction {
    const images = this.graph.placeholder('uint8', [-1, ...this.spec.model.inputShape]);
    return { images, probabilities: this.graph.map('Softmax', [this.#logits(images, set)]) };
  }

  /** Moving statistics have no average of their own: they are one already. */
  #logits(bytes: GraphTensor, set: WeightSet): GraphTensor {
    const g = this.graph;
    const { state } = this.variables;
    const ops = new GraphOps(g, COMPUTE[this.spec.precision]);
    const weight = (name: string) => ((set === 'ema' && state.get(`ema/${name}`)) || found(state, name)).read();
    return g.cast(this.spec.model.logits(ops, normalise(g, bytes), weight), 'float');
  }

  /** Snapshot copies: a fed tensor is memory of JavaScript, which a variable must not keep. */
  #write(variable: Variable): WriteFunction {
    const g = this.graph;
    const value = g.placeholder(variable.dtype, variable.shape);
    const copy = g.node('Snapshot', [value], { T: attr.type(variable.dtype) }, variable.dtype, variable.shape);
    return { value, done: g.after(g.constant('int32', [0]), [variable.assign(copy)]) };
  }
}
