import * as z from 'zod';
import { decayRate, movingAverage, type OptimizerDefinition, optimizerSchema } from './definition.js';

export const adamConstants = {
  beta1: decayRate.default(0.9),
  beta2: decayRate.default(0.999),
  epsilon: z.number().positive().default(1e-7),
};

const adamSchema = optimizerSchema('adam', 0.001, adamConstants);

export type AdamSlot = 'm' | 'v';
export type AdamScalar = 'learningRate' | 'beta1Power' | 'beta2Power' | 'alpha';

/**
 * α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ), w −= α · m / (√v + ε), with m and v the moving averages of g and g²: Kingma & Ba 2015, the
 * efficient form at the end of its section 2, whose ε is beside √v, uncorrected, as in Keras.
 */
export const adam: OptimizerDefinition<typeof adamSchema, AdamSlot, AdamScalar> = {
  schema: adamSchema,
  kerasName: 'Adam',
  slots: () => ['m', 'v'],
  scalars({ beta1, beta2 }, { learningRate, t }) {
    const [beta1Power, beta2Power] = [float32Power(beta1, t), float32Power(beta2, t)];
    return {
      learningRate,
      beta1Power,
      beta2Power,
      alpha: (learningRate * Math.sqrt(1 - beta2Power)) / (1 - beta1Power),
    };
  },
  update(math, { beta1, beta2, epsilon }, { weight, gradient, slot, scalar }) {
    const m = movingAverage(math, slot('m'), gradient, 1 - beta1);
    const v = movingAverage(math, slot('v'), math.square(gradient), 1 - beta2);
    const move = math.div(math.mul(m, scalar('alpha')), math.add(math.sqrt(v), epsilon));
    return { weight: math.sub(weight, move), slots: { m, v } };
  },
};

/**
 * βᵗ as Keras has it, in float32: 1 − 0.999ᵗ differs from the exact one by up to 1e-5 of itself, and over 50 steps of the
 * bundled `conv` that grows to 1e-3 of the loss.
 */
function float32Power(beta: number, t: number): number {
  return Math.fround(Math.fround(beta) ** t);
}
