import type * as z from 'zod';
import { sizeOf } from '../tensors.js';
import { builtLayer, CHANNELS_LAST, type LayerDefinition, layerSchema } from './definition.js';
import { poolingOptions, poolShape, windowOf } from './pooling.js';
import { torchPadded, torchPair } from './torch.js';

export const maxPooling2dSchema = layerSchema('maxPooling2d', poolingOptions).describe('Largest value of each window.');

/** [N, H, W, C] → [N, H', W', C]. */
export const maxPooling2d: LayerDefinition<z.output<typeof maxPooling2dSchema>> = {
  kerasName: 'MaxPooling2D',
  kerasOptions: CHANNELS_LAST,
  torch: {
    forward(options, line) {
      const window = windowOf(options);
      const image = torchPadded(line, window, 'float("-inf")');
      return `F.max_pool2d(${image}, ${torchPair(window.size)}, ${torchPair(window.strides)})`;
    },
  },
  build(options, context) {
    const { outputShape, pool } = poolShape(options, context);
    return builtLayer(maxPooling2d, options.type, context, {
      outputShape,
      // The gradient goes to the cells that are equal to their window's maximum.
      keptValues: sizeOf(outputShape),
      forward: (ops, x) => ops.maxPool(x, pool),
    });
  },
};
