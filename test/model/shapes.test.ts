import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { UsageError } from '../../src/errors.js';
import { buildModel } from '../../src/model/build.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

type Size = [number, number, number];
type Step = { type: string; [option: string]: unknown };

/** Positions at which a window starts, found by trying each: an independent count of the output length. */
function positions(input: number, kernel: number, stride: number, padding: string, dilation: number): number {
  let found = 0;
  // "same" pads as much as it needs, so that a window may start at every stride-th pixel of the image.
  for (let start = 0; start < input; start += stride) {
    if (padding === 'same' || start + (kernel - 1) * dilation < input) found++;
  }
  return found;
}

/** The shape after a layer by that count; null where nothing is left. */
function after([h, w, c]: Size, step: Step): Size | null {
  if (step.type !== 'conv2d' && !step.type.endsWith('Pooling2d')) return [h, w, c];
  const [kh, kw] = (step.kernelSize ?? step.poolSize) as [number, number];
  const [sh, sw] = (step.strides ?? [kh, kw]) as [number, number];
  const [dh, dw] = (step.dilationRate ?? [1, 1]) as [number, number];
  const padding = step.padding as string;
  const size: Size = [
    positions(h, kh, sh, padding, dh),
    positions(w, kw, sw, padding, dw),
    step.type === 'conv2d' ? (step.filters as number) : c,
  ];
  return size[0] > 0 && size[1] > 0 ? size : null;
}

const side = fc.integer({ min: 1, max: 6 });
const pair = fc.tuple(side, side);
const padding = fc.constantFrom('same', 'valid');
const layer: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('conv2d'), filters: side, kernelSize: pair, strides: pair, padding }),
  fc.record({
    type: fc.constant('conv2d'),
    filters: side,
    kernelSize: pair,
    strides: fc.constant([1, 1]),
    dilationRate: pair,
    padding,
  }),
  fc.record({ type: fc.constantFrom('maxPooling2d', 'averagePooling2d'), poolSize: pair, strides: pair, padding }),
  fc.record({ type: fc.constantFrom('maxPooling2d', 'averagePooling2d'), poolSize: pair, padding }),
  fc.record({ type: fc.constant('dropout'), rate: fc.constant(0.5) }),
  fc.constant({ type: 'batchNormalization' }),
  fc.constant({ type: 'activation', activation: 'gelu' }),
);

it('any stack of layers has the shapes that counting windows gives, or is refused at the layer where nothing is left', () => {
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 8 }), (stack) => {
      const shapes: Size[] = [];
      let size: Size | null = [28, 28, 1];
      for (const step of stack) {
        size = after(size, step);
        if (!size) break;
        shapes.push(size);
      }
      const layers = [...stack, { type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
      if (size) {
        const model = buildModel(parseConfig({ layers }, 'random'), FASHION_MNIST);
        expect(model.layers.slice(0, stack.length).map((built) => built.outputShape)).toEqual(shapes);
        expect(model.layers.at(-1)?.inputShape).toEqual([size[0] * size[1] * size[2]]);
      } else {
        expect(() => parseConfig({ layers }, 'random')).toThrow(UsageError);
        try {
          parseConfig({ layers }, 'random');
        } catch (error) {
          expect((error as UsageError).problems[0]).toMatch(
            new RegExp(`^layers\\[${shapes.length}\\]\\.(kernelSize|poolSize)`),
          );
        }
      }
    }),
    { numRuns: 300 },
  );
});
