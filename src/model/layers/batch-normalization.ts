import * as z from 'zod';
import { biasSpec, builtLayer, type LayerDefinition, layerSchema, vectorSpec } from './definition.js';

export const batchNormalizationSchema = layerSchema('batchNormalization', {
  momentum: z.number().min(0).max(1).default(0.99).describe('How much of the moving statistics a step keeps.'),
  epsilon: z.number().positive().max(1).default(1e-3),
  center: z.boolean().default(true).describe('Whether to add a trained beta.'),
  scale: z.boolean().default(true).describe('Whether to multiply by a trained gamma.'),
  gammaInitializer: z
    .enum(['ones', 'zeros'])
    .default('ones')
    .describe('What gamma starts as; zeros for the end of a residual block.'),
}).describe('Normalises each channel by the mean and variance of the batch.');

/** Any shape → the same shape. */
export const batchNormalization: LayerDefinition<z.output<typeof batchNormalizationSchema>> = {
  kerasName: 'BatchNormalization',
  torch: {
    module({ epsilon, momentum }, inputShape) {
      const kind = inputShape.length === 3 ? 'BatchNorm2d' : 'BatchNorm1d';
      // PyTorch's momentum is the share of the new batch.
      return `nn.${kind}(${inputShape.at(-1)}, eps=${epsilon}, momentum=${Number((1 - momentum).toFixed(6))})`;
    },
    forward: (_options, { x, self }) => `${self}(${x})`,
    // PyTorch has both or none of scale and shift.
    state: [
      { name: 'weight', from: 'gamma', features: true, missing: 1 },
      { name: 'bias', from: 'beta', features: true, missing: 0 },
      { name: 'running_mean', from: 'moving_mean', features: true },
      { name: 'running_var', from: 'moving_variance', features: true },
    ],
  },
  build(options, context) {
    const { momentum, epsilon, center, scale, gammaInitializer } = options;
    const channels = context.inputShape.at(-1) ?? 1;
    const vector = (name: string, value: number, trainable = true) =>
      vectorSpec(`${context.name}/${name}`, channels, value, trainable);
    const gamma = scale ? vector('gamma', gammaInitializer === 'ones' ? 1 : 0) : undefined;
    const beta = center ? biasSpec(`${context.name}/beta`, channels) : undefined;
    const movingMean = vector('moving_mean', 0, false);
    const movingVariance = vector('moving_variance', 1, false);
    return builtLayer(batchNormalization, options.type, context, {
      outputShape: context.inputShape,
      keptValues: 0,
      weights: [gamma, beta, movingMean, movingVariance].filter((spec) => spec !== undefined),
      forward: (ops, x, weight) =>
        ops.batchNorm(
          x,
          {
            gamma: gamma && weight(gamma.name),
            beta: beta && weight(beta.name),
            movingMean: weight(movingMean.name),
            movingVariance: weight(movingVariance.name),
          },
          { momentum, epsilon },
        ),
    });
  },
};
