import { averageName, slotName } from '../../model/state-names.js';
import type { Optimizer } from '../../optimizers/registry.js';
import type { TrainerSpec, TrainStep } from '../engine.js';
import { AVERAGE_RATE, scalarName, stepScalars } from '../step-scalars.js';
import { eagerArithmetic } from './arithmetic.js';
import * as tf from './tf.js';
import type { Variables } from './variables.js';

/** Applies a step's gradients to the weights and their averages. */
export function update(
  spec: TrainerSpec,
  optimizer: Optimizer,
  variables: Variables,
  gradients: ReadonlyMap<string, tf.Tensor>,
  step: TrainStep,
): void {
  const numbers = stepScalars(spec, optimizer, step);
  const scalars = new Map([...numbers].map(([name, value]) => [name, tf.scalar(value)]));
  const averageRate = numbers.get(AVERAGE_RATE);
  for (const weight of spec.model.weights) {
    const { name, decay } = weight;
    const gradient = gradients.get(name);
    if (!gradient) continue;
    const next = optimizer.update(eagerArithmetic, {
      weight: variables.get(name),
      gradient,
      slot: (slot) => variables.get(slotName(optimizer.type, slot, name)),
      scalar: (scalar) => scalars.get(scalarName(spec, weight, scalar)) as tf.Tensor,
      decay,
    });
    variables.set(name, next.weight);
    for (const [slot, value] of Object.entries(next.slots)) {
      if (value) variables.set(slotName(optimizer.type, slot, name), value);
    }
    if (averageRate !== undefined) {
      const average = variables.get(averageName(name));
      variables.set(averageName(name), tf.add(average, tf.mul(tf.sub(next.weight, average), averageRate)));
    }
  }
}
