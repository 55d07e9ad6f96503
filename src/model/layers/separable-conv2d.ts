import * as z from 'zod';
import { ACTIVATIONS } from '../ops.js';
import {
  biasSpec,
  builtLayer,
  CHANNELS_LAST,
  count,
  kernelInitializer,
  kernelSpec,
  type LayerDefinition,
  layerSchema,
} from './definition.js';
import { buildDepthwise, depthwiseOptions, depthwiseWindow, TORCH_DEPTHWISE } from './depthwise.js';
import { OIHW, torchBool, torchPadded, torchPair } from './torch.js';

export const separableConv2dSchema = layerSchema('separableConv2d', {
  filters: count.describe('Output channels.'),
  ...depthwiseOptions,
  activation: z.enum(ACTIVATIONS).default('linear'),
  useBias: z.boolean().default(true),
  pointwiseInitializer: kernelInitializer.describe('What the kernel that mixes the channels starts as.'),
}).describe('Convolution of each channel for itself, then a 1×1 convolution over all.');

/** 1×1, over all channels. */
const POINTWISE = { strides: [1, 1], padding: 'valid', dilationRate: [1, 1] } as const;

/** [N, H, W, in] → [N, H', W', filters]. */
export const separableConv2d: LayerDefinition<z.output<typeof separableConv2dSchema>> = {
  kerasName: 'SeparableConv2D',
  kerasOptions: CHANNELS_LAST,
  torch: {
    module(options, [, , channels = 1]) {
      const { filters, depthMultiplier, useBias } = options;
      const { size, strides } = depthwiseWindow(options);
      const between = channels * depthMultiplier;
      const window = `${torchPair(size)}, stride=${torchPair(strides)}, groups=${channels}, bias=False`;
      const pointwise = `nn.Conv2d(${between}, ${filters}, (1, 1), bias=${torchBool(useBias)})`;
      return `nn.Sequential(nn.Conv2d(${channels}, ${between}, ${window}), ${pointwise})`;
    },
    forward: (options, line) =>
      line.activated(`${line.self}(${torchPadded(line, depthwiseWindow(options), '0')})`, options.activation),
    state: [
      { name: '0.weight', ...TORCH_DEPTHWISE },
      { name: '1.weight', from: 'pointwise_kernel', axes: OIHW },
      { name: '1.bias', from: 'bias' },
    ],
  },
  build(options, context) {
    const { filters, activation, useBias, pointwiseInitializer: initializer } = options;
    const depthwise = buildDepthwise(options, context);
    const [rows, columns, channels] = depthwise.shape;
    const name = 'pointwise_kernel';
    const fans = { fanIn: channels, fanOut: filters, initializer, name };
    const kernel = kernelSpec(context, 'filters', [1, 1, channels, filters], fans);
    const bias = biasSpec(`${context.name}/bias`, filters);
    return builtLayer(separableConv2d, options.type, context, {
      outputShape: [rows, columns, filters],
      keptValues: rows * columns * (channels + filters),
      weights: [depthwise.kernel, kernel, ...(useBias ? [bias] : [])],
      flops: depthwise.flops + 2 * rows * columns * channels * filters,
      forward(ops, x, weight) {
        const apart = ops.depthwiseConv2d(x, weight(depthwise.kernel.name), depthwise.options);
        const convolved = ops.conv2d(apart, weight(kernel.name), POINTWISE);
        const withBias = useBias ? ops.biasAdd(convolved, weight(bias.name)) : convolved;
        return ops.activation(withBias, activation);
      },
    });
  },
};
