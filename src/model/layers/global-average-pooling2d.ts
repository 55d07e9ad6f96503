import type * as z from 'zod';
import { builtLayer, CHANNELS_LAST, imageShape, type LayerDefinition, layerSchema } from './definition.js';

export const globalAveragePooling2dSchema = layerSchema('globalAveragePooling2d', {}).describe(
  'Mean of each channel over the whole image.',
);

/** [N, H, W, C] → [N, C]. */
export const globalAveragePooling2d: LayerDefinition<z.output<typeof globalAveragePooling2dSchema>> = {
  kerasName: 'GlobalAveragePooling2D',
  kerasOptions: CHANNELS_LAST,
  torch: { forward: (_options, { x }) => `${x}.mean((2, 3))` },
  build(options, context) {
    const [, , channels] = imageShape(options.type, context);
    return builtLayer(globalAveragePooling2d, options.type, context, {
      outputShape: [channels],
      keptValues: 0,
      forward: (ops, x) => ops.globalAvgPool(x),
    });
  },
};
