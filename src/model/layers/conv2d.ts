import * as z from 'zod';
import { CONVOLUTION_INITIALIZERS } from '../layer.js';
import { ACTIVATIONS } from '../ops.js';
import { LARGEST_PATCH } from '../whitening.js';
import {
  type BuildContext,
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
import { OIHW, TORCH_BIAS, torchBool, torchPadded, torchPair } from './torch.js';
import { slide } from './window.js';

export const conv2dSchema = layerSchema('conv2d', {
  filters: count.describe('Output channels.'),
  kernelSize: pair.describe('Rows and columns of the kernel.'),
  strides: pair.default(1).describe('Step of the kernel.'),
  padding: z.enum(['valid', 'same']).default('valid'),
  dilationRate: pair.default(1).describe('Distance between the cells of the kernel.'),
  activation: z.enum(ACTIVATIONS).default('linear'),
  useBias: z.boolean().default(true),
  kernelInitializer: z
    .enum(CONVOLUTION_INITIALIZERS)
    .default('glorotUniform')
    .describe('What the kernel starts as; whitening comes from the training images, for a first layer.'),
  trainable: z.boolean().default(true).describe('Whether training changes its weights.'),
}).describe('Two-dimensional convolution.');

/** [N, H, W, in] → [N, H', W', filters]. */
export const conv2d: LayerDefinition<z.output<typeof conv2dSchema>> = {
  kerasName: 'Conv2D',
  kerasOptions: CHANNELS_LAST,
  torch: {
    module({ filters, kernelSize, strides, dilationRate, useBias }, [, , channels]) {
      const window = `${torchPair(toPair(kernelSize))}, stride=${torchPair(toPair(strides))}`;
      return `nn.Conv2d(${channels}, ${filters}, ${window}, dilation=${torchPair(toPair(dilationRate))}, bias=${torchBool(useBias)})`;
    },
    forward: (options, line) =>
      line.activated(`${line.self}(${torchPadded(line, windowOf(options), '0')})`, options.activation),
    state: [{ name: 'weight', from: 'kernel', axes: OIHW }, TORCH_BIAS],
  },
  build(options, context) {
    const [height, width, channels] = imageShape('conv2d', context);
    const { filters, padding, activation, useBias } = options;
    const window = windowOf(options);
    const { size, strides, dilationRate } = window;
    if (Math.max(...strides) > 1 && Math.max(...dilationRate) > 1) {
      context.fail('dilationRate', 'strides and dilationRate cannot both be above 1 (as in Keras)');
    }
    const [rows, columns] = slide(context, 'kernelSize', [height, width], window);

    const area = size[0] * size[1];
    const { kernelInitializer: initializer, trainable } = options;
    if (initializer === 'whitening') requireWhitening(context, [height, width, channels], window);
    const fans = { fanIn: area * channels, fanOut: area * filters, initializer };
    const kernel = kernelSpec(context, 'filters', [...size, channels, filters], fans);
    const bias = biasSpec(`${context.name}/bias`, filters);
    return builtLayer(conv2d, options.type, context, {
      outputShape: [rows, columns, filters],
      keptValues: rows * columns * filters,
      weights: (useBias ? [kernel, bias] : [kernel]).map((spec) => ({ ...spec, trainable })),
      flops: 2 * rows * columns * area * channels * filters,
      forward(ops, x, weight) {
        const convolved = ops.conv2d(x, weight(kernel.name), { strides, padding, dilationRate });
        const withBias = useBias ? ops.biasAdd(convolved, weight(bias.name)) : convolved;
        return ops.activation(withBias, activation);
      },
    });
  },
};

function windowOf({ kernelSize, strides, padding, dilationRate }: z.output<typeof conv2dSchema>) {
  return { size: toPair(kernelSize), strides: toPair(strides), padding, dilationRate: toPair(dilationRate) };
}

/** Whitening takes the patches of the images themselves. */
function requireWhitening(
  context: BuildContext,
  [height, width, channels]: readonly [number, number, number],
  { size: [rows, columns], dilationRate }: ReturnType<typeof windowOf>,
): void {
  const patch = rows * columns * channels;
  if (!context.first) context.fail('kernelInitializer', 'whitening is for the first layer, which sees the images');
  if (Math.max(...dilationRate) > 1) context.fail('kernelInitializer', 'whitening knows no dilationRate above 1');
  if (rows > height || columns > width) {
    context.fail('kernelSize', `whitening takes patches of the images, and ${rows}×${columns} is larger than they are`);
  }
  if (patch > LARGEST_PATCH) {
    context.fail(
      'kernelInitializer',
      `whitening takes patches of ${LARGEST_PATCH} values at most, not of ${patch}: make kernelSize smaller`,
    );
  }
}
