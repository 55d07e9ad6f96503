import * as z from 'zod';
import { decayRate, type OptimizerDefinition, optimizerSchema, weightDecay } from './definition.js';

const sgdSchema = optimizerSchema('sgd', 0.01, {
  momentum: decayRate.default(0),
  nesterov: z.boolean().default(false),
  weightDecay: weightDecay.optional(),
});

/**
 * w −= lr · g; with momentum v = μ · v − lr · g and w += v, as in Keras, which keeps the learning rate inside the velocity; with
 * Nesterov's w += μ · v − lr · g (Sutskever et al. 2013). With weight decay w shrinks by lr · λ of itself before.
 */
export const sgd: OptimizerDefinition<typeof sgdSchema, 'momentum', 'learningRate' | 'decay'> = {
  schema: sgdSchema,
  kerasName: 'SGD',
  slots: ({ momentum }) => (momentum > 0 ? ['momentum'] : []),
  scalars: ({ weightDecay = 0 }, { learningRate }) => ({ learningRate, decay: learningRate * weightDecay }),
  update(math, { momentum, nesterov, weightDecay }, { weight: old, gradient, slot, scalar, decay }) {
    const weight = decay && weightDecay !== undefined ? math.sub(old, math.mul(old, scalar('decay'))) : old;
    const step = math.mul(gradient, scalar('learningRate'));
    if (momentum === 0) return { weight: math.sub(weight, step), slots: {} };
    const velocity = math.sub(math.mul(slot('momentum'), momentum), step);
    const move = nesterov ? math.sub(math.mul(velocity, momentum), step) : velocity;
    return { weight: math.add(weight, move), slots: { momentum: velocity } };
  },
};
