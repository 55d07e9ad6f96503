import * as z from 'zod';
import { ACTIVATIONS } from '../ops.js';
import { biasSpec, builtLayer, CHANNELS_LAST, type LayerDefinition, layerSchema } from './definition.js';
import { buildDepthwise, depthwiseOptions, depthwiseWindow, TORCH_DEPTHWISE } from './depthwise.js';
import { TORCH_BIAS, torchBool, torchPadded, torchPair } from './torch.js';

export const depthwiseConv2dSchema = layerSchema('depthwiseConv2d', {
  ...depthwiseOptions,
  activation: z.enum(ACTIVATIONS).default('linear'),
  useBias: z.boolean().default(true),
}).describe('Convolution of each channel for itself.');

/** [N, H, W, in] → [N, H', W', in · depthMultiplier]. */
export const depthwiseConv2d: LayerDefinition<z.output<typeof depthwiseConv2dSchema>> = {
  kerasName: 'DepthwiseConv2D',
  kerasOptions: CHANNELS_LAST,
  torch: {
    module({ depthMultiplier, useBias, ...options }, [, , channels = 1]) {
      const { size, strides } = depthwiseWindow({ depthMultiplier, ...options });
      const window = `${torchPair(size)}, stride=${torchPair(strides)}, groups=${channels}`;
      return `nn.Conv2d(${channels}, ${channels * depthMultiplier}, ${window}, bias=${torchBool(useBias)})`;
    },
    forward: (options, line) =>
      line.activated(`${line.self}(${torchPadded(line, depthwiseWindow(options), '0')})`, options.activation),
    state: [{ name: 'weight', ...TORCH_DEPTHWISE }, TORCH_BIAS],
  },
  build(options, context) {
    const { activation, useBias } = options;
    const { kernel, shape, options: sliding, flops } = buildDepthwise(options, context);
    const bias = biasSpec(`${context.name}/bias`, shape[2]);
    return builtLayer(depthwiseConv2d, options.type, context, {
      outputShape: shape,
      keptValues: shape[0] * shape[1] * shape[2],
      weights: useBias ? [kernel, bias] : [kernel],
      flops,
      forward(ops, x, weight) {
        const convolved = ops.depthwiseConv2d(x, weight(kernel.name), sliding);
        const withBias = useBias ? ops.biasAdd(convolved, weight(bias.name)) : convolved;
        return ops.activation(withBias, activation);
      },
    });
  },
};
