import * as z from 'zod';
import type { BuiltLayer } from '../layer.js';
import type { Shape } from '../tensors.js';
import { conv2d, conv2dSchema } from './conv2d.js';
import { type BuildContext, builtLayer, layerSchema, toPair } from './definition.js';
import { outputLength } from './window.js';

/** The block's schema over the schema of all layers, which holds the block itself: hence the function. */
export function residualSchema<Layer extends z.ZodType>(layers: () => Layer) {
  return layerSchema('residual', {
    layers: z.lazy(() => z.array(layers()).min(1)).describe('The layers that the input is added around.'),
    projection: z
      .boolean()
      .default(true)
      .describe('Whether a 1×1 convolution matches the input to the output where their shapes differ.'),
    survivalProbability: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('Stochastic depth: how likely the layers count in a training step, for each image.'),
  }).describe('A block whose input is added to its output (ResNet).');
}

/** A block with its layers already built, named `<block>/<layer>`. */
export interface ResidualParts {
  readonly type: 'residual';
  readonly projection: boolean;
  readonly survivalProbability: number;
  readonly layers: readonly BuiltLayer[];
}

/**
 * [N, H, W, C] → f(x) + x, where f is the layers in order; x goes through `<block>/projection`, a strided 1×1
 * convolution with bias, when its shape is not that of f(x) (He et al. 2015, option B). In training f(x) is 0 for an image with
 * probability 1 − p, and divided by p otherwise (stochastic depth: Huang et al. 2016).
 */
export const residual = {
  kerasName: 'Residual',
  build(parts: ResidualParts, context: BuildContext): BuiltLayer {
    const { layers, survivalProbability } = parts;
    const outputShape = layers.at(-1)?.outputShape ?? context.inputShape;
    const projection = sameShape(context.inputShape, outputShape)
      ? undefined
      : buildProjection(parts.projection, outputShape, context);
    const children = projection ? [...layers, projection] : layers;
    return builtLayer(residual, parts.type, context, {
      outputShape,
      weights: children.flatMap((child) => child.weights),
      flops: children.reduce((sum, child) => sum + child.flops, 0),
      keptValues: children.reduce((sum, child) => sum + child.keptValues, 0),
      children,
      forward(ops, x, weight) {
        const shortcut = projection ? projection.forward(ops, x, weight) : x;
        const main = layers.reduce((value, layer) => layer.forward(ops, value, weight), x);
        const drops = ops.training && survivalProbability < 1;
        return ops.add(
          drops
            ? ops.dropout(
                main,
                1 - survivalProbability,
                context.name,
                outputShape.map(() => 1),
              )
            : main,
          shortcut,
        );
      },
    });
  },
};

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

function buildProjection(allowed: boolean, outputShape: Shape, context: BuildContext): BuiltLayer {
  const [height, width] = context.inputShape;
  const [rows, columns, filters] = outputShape;
  const shapes = `input [${context.inputShape.join(', ')}] and output [${outputShape.join(', ')}]`;
  if (height === undefined || width === undefined || rows === undefined || columns === undefined || !filters) {
    return context.fail('layers', `${shapes} differ and cannot be added: make the block's layers keep the shape`);
  }
  if (!allowed) {
    return context.fail('projection', `${shapes} differ: set projection to true, or make the layers keep the shape`);
  }
  const options = projectionConfig(context.inputShape, outputShape);
  const strides = toPair(options.strides);
  const fits = (input: number, stride: number, output: number) => outputLength(input, 1, stride, 'valid') === output;
  if (!fits(height, strides[0], rows) || !fits(width, strides[1], columns)) {
    return context.fail(
      'layers',
      `${shapes} differ by no whole stride, so no 1×1 projection joins them: use padding "same" in the block`,
    );
  }
  return conv2d.build(options, { ...context, name: `${context.name}/projection` });
}

/** The convolution that brings images [H, W, C] to the shape of the block's output. */
export function projectionConfig([height = 1, width = 1]: Shape, [rows = 1, columns = 1, filters]: Shape) {
  const strides = [Math.ceil(height / rows), Math.ceil(width / columns)];
  return conv2dSchema.parse({ type: 'conv2d', filters, kernelSize: 1, strides });
}
