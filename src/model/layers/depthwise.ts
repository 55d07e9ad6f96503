import * as z from 'zod';
import type { WeightSpec } from '../layer.js';
import type { DepthwiseOptions } from '../ops.js';
import { type BuildContext, count, imageShape, kernelInitializer, kernelSpec, pair, toPair } from './definition.js';
import { slide } from './window.js';

/** What layers with a kernel for each channel take. */
export const depthwiseOptions = {
  kernelSize: pair.describe('Rows and columns of the kernel.'),
  strides: count.default(1).describe('Step of the kernel, in both directions.'),
  padding: z.enum(['valid', 'same']).default('valid'),
  depthMultiplier: count.default(1).describe('Kernels of each channel.'),
  depthwiseInitializer: kernelInitializer.describe('What these kernels start as.'),
};

type Options = { readonly type: string } & z.output<z.ZodObject<typeof depthwiseOptions>>;

interface Depthwise {
  readonly kernel: WeightSpec;
  /** [rows, columns, channels] */
  readonly shape: readonly [number, number, number];
  readonly options: DepthwiseOptions;
  readonly flops: number;
}

/** The convolution of each channel for itself. Fans are Keras': kernel area × channels, and × multiplier. */
export function buildDepthwise(options: Options, context: BuildContext): Depthwise {
  const [height, width, channels] = imageShape(options.type, context);
  const window = depthwiseWindow(options);
  const [rows, columns] = slide(context, 'kernelSize', [height, width], window);
  const { size, ...sliding } = window;
  const area = size[0] * size[1];
  const multiplier = options.depthMultiplier;
  const kernel = kernelSpec(context, 'depthMultiplier', [...size, channels, multiplier], {
    fanIn: area * channels,
    fanOut: area * multiplier,
    initializer: options.depthwiseInitializer,
    name: 'depthwise_kernel',
  });
  const outputs = channels * multiplier;
  return { kernel, shape: [rows, columns, outputs], options: sliding, flops: 2 * rows * columns * area * outputs };
}

export function depthwiseWindow({ kernelSize, strides, padding }: Omit<Options, 'type'>) {
  return { size: toPair(kernelSize), strides: toPair(strides), padding };
}

/** [H, W, in, m] is [in · m, 1, H, W] in PyTorch. */
export const TORCH_DEPTHWISE = {
  from: 'depthwise_kernel',
  axes: [2, 3, 0, 1],
  reshaped: ([channels = 1, multiplier = 1, ...window]: readonly number[]) => [channels * multiplier, 1, ...window],
} as const;
