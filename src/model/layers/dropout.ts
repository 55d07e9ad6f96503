import * as z from 'zod';
import { sizeOf } from '../tensors.js';
import { builtLayer, type LayerDefinition, layerSchema } from './definition.js';

export const dropoutSchema = layerSchema('dropout', {
  rate: z.number().min(0).lt(1).describe('The share of values that a training step sets to 0.'),
}).describe('Sets random values to 0 in training and scales the others up.');

/** Any shape → the same shape. */
export const dropout: LayerDefinition<z.output<typeof dropoutSchema>> = {
  kerasName: 'Dropout',
  torch: {
    module: ({ rate }) => `nn.Dropout(${rate})`,
    forward: (_options, { x, self }) => `${self}(${x})`,
  },
  build(options, context) {
    const { rate } = options;
    return builtLayer(dropout, options.type, context, {
      outputShape: context.inputShape,
      // The mask.
      keptValues: rate > 0 ? sizeOf(context.inputShape) : 0,
      forward: (ops, x) => (ops.training && rate > 0 ? ops.dropout(x, rate, context.name) : x),
    });
  },
};
