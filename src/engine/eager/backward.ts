import type { TrainerSpec, TrainStep } from '../engine.js';
import { type Forward, forward } from './forward.js';
import * as tf from './tf.js';
import type { Variables } from './variables.js';

/** A training batch and what it says about the weights. */
export interface Backward extends Forward {
  /** By the name of each trainable weight. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/** The gradients of a step's mean loss: tfjs' tape runs the forward pass itself. */
export function backward(spec: TrainerSpec, variables: Variables, step: TrainStep): Backward {
  const trainable = spec.model.trainable.map(({ name }) => name);
  const passes: Forward[] = [];
  const { value, grads } = tf.valueAndGrads(() => {
    const pass = forward(spec, variables, step);
    passes.push(pass);
    return pass.loss;
  })(trainable.map((name) => variables.get(name)));
  const [{ logits, statistics }] = passes as [Forward];
  return {
    loss: value,
    logits,
    statistics,
    gradients: new Map(trainable.map((name, i) => [name, grads[i] as tf.Tensor])),
  };
}
