import type { TrainerSpec, TrainStep } from '../engine.js';
import { stepImages } from './images.js';
import { crossEntropy, stepTargets } from './loss.js';
import { EagerOps } from './ops.js';
import * as tf from './tf.js';
import type { Variables } from './variables.js';

/** One training batch through the model. */
export interface Forward {
  /** Mean over the batch, scalar. */
  readonly loss: tf.Tensor;
  /** [batch, classes]. */
  readonly logits: tf.Tensor;
  /** New moving statistics by name. */
  readonly statistics: ReadonlyMap<string, tf.Tensor>;
}

/** A training batch's way to its loss. Logits and moving statistics outlive a `tf.tidy` around it. */
export function forward(spec: TrainerSpec, variables: Variables, step: TrainStep): Forward {
  const { model, pool } = spec;
  const nameOf = new Map(model.weights.map(({ name }) => [variables.get(name), name]));
  const statistics = new Map<string, tf.Tensor>();
  const ops = new EagerOps({
    seed: spec.seed,
    step: step.step,
    update: (moving, value) => statistics.set(nameOf.get(moving) as string, tf.keep(value)),
  });
  const images = tf.tensor(stepImages(pool, step, model.inputShape), [step.indices.length, ...model.inputShape]);
  const targets = tf.tensor2d(stepTargets(spec, step), [step.indices.length, model.classes]);
  const logits = tf.keep(model.logits<tf.Tensor>(ops, images, (name) => variables.get(name)));
  return { loss: tf.mean(crossEntropy(logits, targets)), logits, statistics };
}
