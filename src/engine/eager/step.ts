import type { Optimizer } from '../../optimizers/registry.js';
import type { Norms, TrainerSpec, TrainStep } from '../engine.js';
import { type Backward, backward } from './backward.js';
import { clipByGlobalNorm } from './clip.js';
import type { Forward } from './forward.js';
import { lookahead } from './lookahead.js';
import * as tf from './tf.js';
import { update } from './update.js';
import type { Variables } from './variables.js';

/** One optimizer step: what the batch gave before the update, for the caller to dispose. */
export function trainStep(
  spec: TrainerSpec,
  optimizer: Optimizer,
  variables: Variables,
  step: TrainStep,
): Pick<Forward, 'loss' | 'logits'> {
  return tf.tidy(() => {
    const { loss, logits, statistics, gradients } = clippedBackward(spec, variables, step);
    update(spec, optimizer, variables, gradients, step);
    for (const [name, value] of statistics) variables.set(name, value);
    if (step.lookahead !== undefined) lookahead(spec, variables, step.lookahead);
    return { loss, logits };
  });
}

/** A step's gradients by trainable weight, clipped if the spec says so, without the update; for the caller to dispose. */
export function stepGradients(spec: TrainerSpec, variables: Variables, step: TrainStep): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const { logits, statistics, gradients } = clippedBackward(spec, variables, step);
    tf.dispose([logits, ...statistics.values()]);
    return Object.fromEntries(gradients);
  });
}

/** The L2 norms of the weights and of a step's gradients, each a scalar; for the caller to dispose. */
export function stepNorms(
  spec: TrainerSpec,
  variables: Variables,
  step: TrainStep,
): Readonly<Record<keyof Norms, Record<string, tf.Tensor>>> {
  return tf.tidy(() => {
    const { logits, statistics, gradients } = backward(spec, variables, step);
    tf.dispose([logits, ...statistics.values()]);
    const norms = (tensors: Iterable<readonly [string, tf.Tensor]>) =>
      Object.fromEntries(Array.from(tensors, ([name, x]) => [name, tf.sqrt(tf.sum(tf.square(x)))]));
    const weights = [...gradients.keys()].map((name) => [name, variables.get(name)] as const);
    return { weights: norms(weights), gradients: norms(gradients) };
  });
}

function clippedBackward(spec: TrainerSpec, variables: Variables, step: TrainStep): Backward {
  const pass = backward(spec, variables, step);
  if (spec.clipNorm === undefined) return pass;
  return { ...pass, gradients: clipByGlobalNorm(pass.gradients, spec.clipNorm) };
}
