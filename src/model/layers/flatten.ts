import type * as z from 'zod';
import { sizeOf } from '../tensors.js';
import { builtLayer, CHANNELS_LAST, type LayerDefinition, layerSchema } from './definition.js';

export const flattenSchema = layerSchema('flatten', {}).describe('Images to one row of features, in NHWC order.');

/** [N, H, W, C] → [N, H·W·C]. */
export const flatten: LayerDefinition<z.output<typeof flattenSchema>> = {
  kerasName: 'Flatten',
  kerasOptions: CHANNELS_LAST,
  torch: { forward: (_options, { x }) => `${x}.flatten(1)` },
  build(options, context) {
    const outputShape = [sizeOf(context.inputShape)];
    return builtLayer(flatten, options.type, context, {
      outputShape,
      keptValues: 0,
      forward: (ops, x) => (context.inputShape.length === 1 ? x : ops.reshape(x, outputShape)),
    });
  },
};
