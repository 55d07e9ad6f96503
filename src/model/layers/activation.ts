import * as z from 'zod';
import { ACTIVATIONS } from '../ops.js';
import { builtLayer, type LayerDefinition, layerSchema } from './definition.js';

export const activationSchema = layerSchema('activation', {
  activation: z.enum(ACTIVATIONS),
}).describe('An activation function on its own.');

/** Any shape → the same shape. */
export const activation: LayerDefinition<z.output<typeof activationSchema>> = {
  kerasName: 'Activation',
  torch: { forward: ({ activation: kind }, { x, activated }) => activated(x, kind) },
  build(options, context) {
    const kind = options.activation;
    return builtLayer(activation, options.type, context, {
      outputShape: context.inputShape,
      keptValues: 0,
      forward: (ops, x) => ops.activation(x, kind),
    });
  },
};
