import { type AdamScalar, type AdamSlot, adam, adamConstants } from './adam.js';
import { type OptimizerDefinition, optimizerSchema, weightDecay } from './definition.js';

const adamwSchema = optimizerSchema('adamw', 0.001, {
  ...adamConstants,
  weightDecay: weightDecay.default(0.004),
});

/** The weight shrinks by lr · λ of itself before Adam's step (Loshchilov & Hutter 2019, in the order of Keras). */
export const adamw: OptimizerDefinition<typeof adamwSchema, AdamSlot, AdamScalar | 'shrink'> = {
  schema: adamwSchema,
  kerasName: 'AdamW',
  slots: adam.slots,
  scalars: (constants, moment) => ({
    ...adam.scalars(constants, moment),
    shrink: 1 - constants.weightDecay * moment.learningRate,
  }),
  update(math, constants, step) {
    const weight = step.decay ? math.mul(step.weight, step.scalar('shrink')) : step.weight;
    return adam.update(math, constants, { ...step, weight });
  },
};
