import type { z } from 'zod';
import { builtLayer, type LayerDefinition, layerSchema } from './definition.js';
import { poolingOptions, poolShape } from './pooling.js';

export const maxPooling2dSchema = layerSchema('maxPooling2d', poolingOptions).describe('Largest value of each window.');

/** [N, H, W, C] → [N, H', W', C]. */
export const maxPooling2d: LayerDefinition<z.output<typeof maxPooling2dSchema>> = {
  kerasName: 'MaxPooling2D',
  build(options, context) {
    const { outputShape, pool } = poolShape(options, context);
    return builtLayer(maxPooling2d, options.type, context, {
      outputShape,
      forward: (ops, x) => ops.maxPool(x, pool),
    });
  },
};
