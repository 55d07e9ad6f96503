import * as z from 'zod';
import type { PoolOptions } from '../ops.js';
import type { Shape } from '../tensors.js';
import { type BuildContext, imageShape, pair, toPair } from './definition.js';
import { slide, type Window } from './window.js';

/** What both pooling layers take. */
export const poolingOptions = {
  poolSize: pair.default(2).describe('Rows and columns of the window.'),
  strides: pair.optional().describe('Step of the window; poolSize when left out.'),
  padding: z.enum(['valid', 'same']).default('valid'),
};

type PoolingOptions = { type: string } & z.output<z.ZodObject<typeof poolingOptions>>;

/** The output shape and the resolved window of a pooling layer. */
export function poolShape(options: PoolingOptions, context: BuildContext): { outputShape: Shape; pool: PoolOptions } {
  const [height, width, channels] = imageShape(options.type, context);
  const window = windowOf(options);
  const [rows, columns] = slide(context, 'poolSize', [height, width], window);
  const { size: poolSize, strides, padding } = window;
  return { outputShape: [rows, columns, channels], pool: { poolSize, strides, padding } };
}

export function windowOf({ poolSize, strides = poolSize, padding }: Omit<PoolingOptions, 'type'>): Window {
  return { size: toPair(poolSize), strides: toPair(strides), padding };
}
