import type { TrainerSpec, TrainStep } from '../engine.js';
import { gatherLabels, stepImages } from './batch.js';
import { clipByGlobalNorm } from './clip.js';
import { crossEntropy, smoothedTargets } from './loss.js';
import { EagerOps } from './ops.js';
import type { Optimizer } from './optimizers.js';
import * as tf from './tf.js';
import type { Variables } from './variables.js';

/** What one batch gives before the update. */
export interface Backward {
  /** Mean over the batch, scalar. */
  readonly loss: tf.Tensor;
  /** [batch, classes]. */
  readonly logits: tf.Tensor;
  /** By the name of each trainable weight. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** New moving statistics by name. */
  readonly moved: ReadonlyMap<string, tf.Tensor>;
}

/** Loss and gradients of a step's images. Call it in a `tf.tidy`. */
export function backward(spec: TrainerSpec, variables: Variables, step: TrainStep): Backward {
  const { model, pool } = spec;
  const trainable = model.weights.filter((weight) => weight.trainable).map(({ name }) => name);
  const nameOf = new Map(model.weights.map(({ name }) => [variables.get(name), name]));
  const moved = new Map<string, tf.Tensor>();
  const ops = new EagerOps({
    seed: spec.seed,
    step: step.step,
    update: (moving, value) => moved.set(nameOf.get(moving) as string, tf.keep(value)),
  });

  const images = tf.tensor(stepImages(pool, step, model.inputShape), [step.indices.length, ...model.inputShape]);
  const targets = smoothedTargets(gatherLabels(pool, step.indices), model.classes, spec.labelSmoothing);
  let logits: tf.Tensor | undefined;
  const { value, grads } = tf.valueAndGrads(() => {
    logits = tf.keep(model.logits<tf.Tensor>(ops, images, (name) => variables.get(name)));
    return tf.mean(crossEntropy(logits, targets));
  })(trainable.map((name) => variables.get(name)));

  const gradients = spec.clipNorm === undefined ? grads : clipByGlobalNorm(grads, spec.clipNorm);
  return {
    loss: value,
    logits: logits as unknown as tf.Tensor,
    gradients: new Map(trainable.map((name, i) => [name, gradients[i] as tf.Tensor])),
    moved,
  };
}

/** Applies the gradients, the moving statistics and the averages to the variables. Call it in a `tf.tidy`. */
export function update(
  spec: TrainerSpec,
  optimizer: Optimizer,
  variables: Variables,
  { gradients, moved }: Backward,
  { step, learningRate }: TrainStep,
): void {
  for (const { name, decay } of spec.model.weights) {
    const gradient = gradients.get(name);
    if (!gradient) continue;
    const slotName = (slot: string) => `${spec.optimizer.type}/${slot}/${name}`;
    const slots = new Map(optimizer.slots.map((slot) => [slot, variables.get(slotName(slot))]));
    const next = optimizer.apply({ weight: variables.get(name), gradient, slots, learningRate, step, decay });
    variables.set(name, next.weight);
    for (const [slot, value] of next.slots) variables.set(slotName(slot), value);
    if (spec.emaDecay !== undefined) {
      const average = variables.get(`ema/${name}`);
      variables.set(`ema/${name}`, tf.add(average, tf.mul(tf.sub(next.weight, average), 1 - spec.emaDecay)));
    }
  }
  for (const [name, value] of moved) variables.set(name, value);
}
