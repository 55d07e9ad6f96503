import type * as z from 'zod';
import { builtLayer, CHANNELS_LAST, type LayerDefinition, layerSchema } from './definition.js';
import { poolingOptions, poolShape, windowOf } from './pooling.js';
import { torchPadded, torchPair } from './torch.js';

export const averagePooling2dSchema = layerSchema('averagePooling2d', poolingOptions).describe(
  'Mean of each window; with padding "same" over the cells inside the image.',
);

/** [N, H, W, C] → [N, H', W', C]. */
export const averagePooling2d: LayerDefinition<z.output<typeof averagePooling2dSchema>> = {
  kerasName: 'AveragePooling2D',
  kerasOptions: CHANNELS_LAST,
  torch: {
    forward(options, line) {
      const window = windowOf(options);
      const mean = (x: string) => {
        const image = torchPadded({ ...line, x }, window, '0');
        return `F.avg_pool2d(${image}, ${torchPair(window.size)}, ${torchPair(window.strides)})`;
      };
      // The mean of the cells inside the image: padding counts for nothing.
      return options.padding === 'same' ? `${mean(line.x)} / ${mean(`torch.ones_like(${line.x})`)}` : mean(line.x);
    },
  },
  build(options, context) {
    const { outputShape, pool } = poolShape(options, context);
    return builtLayer(averagePooling2d, options.type, context, {
      outputShape,
      keptValues: 0,
      forward: (ops, x) => ops.avgPool(x, pool),
    });
  },
};
