import * as z from 'zod';
import { ACTIVATIONS } from '../ops.js';
import {
  biasSpec,
  builtLayer,
  CHANNELS_LAST,
  count,
  imageShape,
  kernelSpec,
  type LayerDefinition,
  layerSchema,
  pair,
  toPair,
} from './definition.js';
import { slide } from './window.js';

export const conv2dSchema = layerSchema('conv2d', {
  filters: count.describe('Output channels.'),
  kernelSize: pair.describe('Rows and columns of the kernel.'),
  strides: pair.default(1).describe('Step of the kernel.'),
  padding: z.enum(['valid', 'same']).default('valid'),
  dilationRate: pair.default(1).describe('Distance between the cells of the kernel.'),
  activation: z.enum(ACTIVATIONS).default('linear'),
  useBias: z.boolean().default(true),
}).describe('Two-dimensional convolution.');

/** [N, H, W, in] → [N, H', W', filters]. */
export const conv2d: LayerDefinition<z.output<typeof conv2dSchema>> = {
  kerasName: 'Conv2D',
  kerasOptions: CHANNELS_LAST,
  build(options, context) {
    const [height, width, channels] = imageShape('conv2d', context);
    const { filters, padding, activation, useBias } = options;
    const size = toPair(options.kernelSize);
    const strides = toPair(options.strides);
    const dilationRate = toPair(options.dilationRate);
    if (Math.max(...strides) > 1 && Math.max(...dilationRate) > 1) {
      context.fail('dilationRate', 'strides and dilationRate cannot both be above 1 (as in Keras)');
    }
    const [rows, columns] = slide(context, 'kernelSize', [height, width], { size, strides, padding, dilationRate });

    const area = size[0] * size[1];
    const fans = { fanIn: area * channels, fanOut: area * filters };
    const kernel = kernelSpec(context, 'filters', [...size, channels, filters], fans);
    const bias = biasSpec(`${context.name}/bias`, filters);
    return builtLayer(conv2d, options.type, context, {
      outputShape: [rows, columns, filters],
      keptValues: rows * columns * filters,
      weights: useBias ? [kernel, bias] : [kernel],
      flops: 2 * rows * columns * area * channels * filters,
      forward(ops, x, weight) {
        const convolved = ops.conv2d(x, weight(kernel.name), { strides, padding, dilationRate });
        const withBias = useBias ? ops.biasAdd(convolved, weight(bias.name)) : convolved;
        return activation === 'linear' ? withBias : ops.activation(withBias, activation);
      },
    });
  },
};
