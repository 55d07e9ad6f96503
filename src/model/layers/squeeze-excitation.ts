import * as z from 'zod';
import { ACTIVATIONS } from '../ops.js';
import { sizeOf } from '../tensors.js';
import { type BuildContext, builtLayer, count, imageShape, type LayerDefinition, layerSchema } from './definition.js';
import { dense, denseSchema } from './dense.js';

export const squeezeExcitationSchema = layerSchema('squeezeExcitation', {
  ratio: count.default(16).describe('Channels to features in the middle.'),
  squeezeActivation: z.enum(ACTIVATIONS).default('relu'),
  exciteActivation: z.enum(ACTIVATIONS).default('sigmoid'),
}).describe('Weighs the channels by what the whole image holds of them (SENet).');

type Options = z.output<typeof squeezeExcitationSchema>;

/**
 * [N, H, W, C] → the same, each channel times a number: the channels' means through two dense layers, of C/ratio and C units
 * (Hu et al. 2018).
 */
export const squeezeExcitation: LayerDefinition<Options> = {
  kerasName: 'SqueezeExcitation',
  parts(options, { inputShape }) {
    const channels = inputShape.at(-1) ?? 1;
    const [squeeze, excite] = denseOptions(options, channels);
    const gates = { name: 'gates', config: { type: 'reshape', shape: [1, 1, channels] } } as const;
    return [
      { name: 'means', config: { type: 'globalAveragePooling2d' }, inputs: [''], outputShape: [channels] },
      { name: 'squeeze', config: squeeze, inputs: ['means'], outputShape: [middle(options, channels)] },
      { name: 'excite', config: excite, inputs: ['squeeze'], outputShape: [channels] },
      { ...gates, inputs: ['excite'], outputShape: [1, 1, channels] },
      { name: 'multiply', config: { type: 'multiply' }, inputs: ['', 'gates'], outputShape: inputShape },
    ];
  },
  build(options, context) {
    const [, , channels] = imageShape(options.type, context);
    const [squeeze, excite] = denseOptions(options, channels);
    const inside = (name: string, features: number): BuildContext => ({
      ...context,
      name: `${context.name}/${name}`,
      inputShape: [features],
    });
    const children = [
      dense.build(squeeze, inside('squeeze', channels)),
      dense.build(excite, inside('excite', middle(options, channels))),
    ];
    return builtLayer(squeezeExcitation, options.type, context, {
      outputShape: context.inputShape,
      weights: children.flatMap(({ weights }) => weights),
      flops: children.reduce((sum, { flops }) => sum + flops, sizeOf(context.inputShape)),
      keptValues: children.reduce((sum, { keptValues }) => sum + keptValues, sizeOf(context.inputShape)),
      children,
      forward(ops, x, weight) {
        const gates = children.reduce((value, layer) => layer.forward(ops, value, weight), ops.globalAvgPool(x));
        return ops.mul(x, ops.reshape(gates, [1, 1, channels]));
      },
    });
  },
};

function denseOptions({ squeezeActivation, exciteActivation, ...options }: Options, channels: number) {
  const squeeze = { units: middle(options, channels), activation: squeezeActivation };
  const excite = { units: channels, activation: exciteActivation };
  return [denseSchema.parse({ type: 'dense', ...squeeze }), denseSchema.parse({ type: 'dense', ...excite })] as const;
}

function middle({ ratio }: Pick<Options, 'ratio'>, channels: number): number {
  return Math.max(1, Math.floor(channels / ratio));
}
