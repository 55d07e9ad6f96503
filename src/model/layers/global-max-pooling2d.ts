import type * as z from 'zod';
import { builtLayer, CHANNELS_LAST, imageShape, type LayerDefinition, layerSchema } from './definition.js';

export const globalMaxPooling2dSchema = layerSchema('globalMaxPooling2d', {}).describe(
  'Largest value of each channel over the whole image.',
);

/** [N, H, W, C] → [N, C]. */
export const globalMaxPooling2d: LayerDefinition<z.output<typeof globalMaxPooling2dSchema>> = {
  kerasName: 'GlobalMaxPooling2D',
  kerasOptions: CHANNELS_LAST,
  torch: { forward: (_options, { x }) => `${x}.amax((2, 3))` },
  build(options, context) {
    const [, , channels] = imageShape(options.type, context);
    return builtLayer(globalMaxPooling2d, options.type, context, {
      outputShape: [channels],
      keptValues: channels,
      forward: (ops, x) => ops.globalMaxPool(x),
    });
  },
};
