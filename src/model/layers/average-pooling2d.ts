import type * as z from 'zod';
import { builtLayer, CHANNELS_LAST, type LayerDefinition, layerSchema } from './definition.js';
import { poolingOptions, poolShape } from './pooling.js';

export const averagePooling2dSchema = layerSchema('averagePooling2d', poolingOptions).describe(
  'Mean of each window; with padding "same" over the cells inside the image.',
);

/** [N, H, W, C] → [N, H', W', C]. */
export const averagePooling2d: LayerDefinition<z.output<typeof averagePooling2dSchema>> = {
  kerasName: 'AveragePooling2D',
  kerasOptions: CHANNELS_LAST,
  build(options, context) {
    const { outputShape, pool } = poolShape(options, context);
    return builtLayer(averagePooling2d, options.type, context, {
      outputShape,
      keptValues: 0,
      forward: (ops, x) => ops.avgPool(x, pool),
    });
  },
};
