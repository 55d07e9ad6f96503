import * as z from 'zod';
import { decayRate, movingAverage, type OptimizerDefinition, optimizerSchema } from './definition.js';

const rmspropSchema = optimizerSchema('rmsprop', 0.001, {
  rho: decayRate.default(0.9),
  epsilon: z.number().positive().default(1e-7),
});

/** w −= lr · g / √(v + ε), with v the moving average of g² (Tieleman & Hinton 2012); ε is under the root, as in Keras. */
export const rmsprop: OptimizerDefinition<typeof rmspropSchema, 'velocity', 'learningRate'> = {
  schema: rmspropSchema,
  kerasName: 'RMSprop',
  slots: () => ['velocity'],
  scalars: (_constants, { learningRate }) => ({ learningRate }),
  update(math, { rho, epsilon }, { weight, gradient, slot, scalar }) {
    const velocity = movingAverage(math, slot('velocity'), math.square(gradient), 1 - rho);
    const move = math.div(math.mul(gradient, scalar('learningRate')), math.sqrt(math.add(velocity, epsilon)));
    return { weight: math.sub(weight, move), slots: { velocity } };
  },
};
