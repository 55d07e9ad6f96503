import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { buildModel } from '../../src/model/build.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

/** A model of these layers, followed by a classifier. */
function model(...layers: object[]) {
  const classifier = [{ type: 'globalAveragePooling2d' }, { type: 'dense', units: 10, activation: 'softmax' }];
  return buildModel(parseConfig({ layers: [...layers, ...classifier] }, 'test'), FASHION_MNIST);
}

function problemsOf(layers: object[]): readonly string[] {
  try {
    parseConfig({ layers }, 'test');
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
}

const HEAD = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];

describe('the bundled models have the parameters of the book', () => {
  it.each([
    ['conv', 3_989_642],
    ['conv-pool', 241_546],
    ['vgg7', 5_240_842],
  ])('%s: %i', (name, parameters) => {
    expect(buildModel(loadConfig(name), FASHION_MNIST).parameters.total).toBe(parameters);
  });

  it('vgg19 has 16 convolutions and 3 dense layers', () => {
    const types = buildModel(loadConfig('vgg19'), FASHION_MNIST).layers.map((layer) => layer.type);
    expect(types.filter((type) => type === 'conv2d')).toHaveLength(16);
    expect(types.filter((type) => type === 'dense')).toHaveLength(3);
  });
});

describe('names', () => {
  it('count from 1 within the type, and inside a block from 1 again', () => {
    const conv = { type: 'conv2d', filters: 4, kernelSize: 3, padding: 'same' };
    const built = model(conv, { ...conv, name: 'stem' }, conv, {
      type: 'residual',
      layers: [conv, { type: 'batchNormalization' }, { type: 'residual', layers: [conv] }],
    });
    expect(built.weights.map((spec) => spec.name)).toEqual([
      'conv2d_1/kernel',
      'conv2d_1/bias',
      'stem/kernel',
      'stem/bias',
      'conv2d_3/kernel',
      'conv2d_3/bias',
      'residual_1/conv2d_1/kernel',
      'residual_1/conv2d_1/bias',
      'residual_1/batchNormalization_1/gamma',
      'residual_1/batchNormalization_1/beta',
      'residual_1/batchNormalization_1/moving_mean',
      'residual_1/batchNormalization_1/moving_variance',
      'residual_1/residual_1/conv2d_1/kernel',
      'residual_1/residual_1/conv2d_1/bias',
      'dense_1/kernel',
      'dense_1/bias',
    ]);
  });

  it('that clash or are reserved are refused', () => {
    expect(
      problemsOf([{ type: 'dropout', rate: 0, name: 'a' }, { type: 'dropout', rate: 0, name: 'a' }, ...HEAD]),
    ).toEqual(['layers[1].name: "a" is already the name of layers[0]']);
    expect(problemsOf([{ type: 'dropout', rate: 0, name: 'ema' }, ...HEAD])[0]).toContain('"ema" is reserved');
  });
});

describe('a residual block', () => {
  it('projects its input where channels and size differ', () => {
    const block = {
      type: 'residual',
      layers: [{ type: 'conv2d', filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false }],
    };
    const [residual] = model(block).layers;
    expect(residual?.outputShape).toEqual([14, 14, 8]);
    expect(residual?.weights.map(({ name, shape }) => [name, shape])).toEqual([
      ['residual_1/conv2d_1/kernel', [3, 3, 1, 8]],
      ['residual_1/projection/kernel', [1, 1, 1, 8]],
      ['residual_1/projection/bias', [8]],
    ]);
  });

  it('says why shapes cannot be added', () => {
    const valid = { type: 'conv2d', filters: 8, kernelSize: 3 };
    expect(problemsOf([{ type: 'residual', layers: [valid] }, ...HEAD])[0]).toMatch(
      /^layers\[0\]\.layers \(residual_1\): .*\[28, 28, 1\].*\[26, 26, 8\].*padding "same"/,
    );
    const wide = { ...valid, padding: 'same' };
    expect(problemsOf([{ type: 'residual', projection: false, layers: [wide] }, ...HEAD])[0]).toMatch(
      /^layers\[0\]\.projection/,
    );
  });
});

describe('a layer that does not fit names itself and the field', () => {
  it.each([
    [
      'a kernel larger than the image',
      [{ type: 'conv2d', filters: 1, kernelSize: 29 }, ...HEAD],
      /^layers\[0\]\.kernelSize \(conv2d_1\): .*29×29.*28×28/,
    ],
    [
      'a dilated kernel larger than the image',
      [{ type: 'conv2d', filters: 1, kernelSize: 3, dilationRate: 14 }, ...HEAD],
      /^layers\[0\]\.kernelSize/,
    ],
    [
      'strides with dilation',
      [{ type: 'conv2d', filters: 1, kernelSize: 3, dilationRate: 2, strides: 2 }, ...HEAD],
      /^layers\[0\]\.dilationRate/,
    ],
    [
      'a pool larger than the image',
      [{ type: 'maxPooling2d', poolSize: [29, 1] }, ...HEAD],
      /^layers\[0\]\.poolSize \(maxPooling2d_1\): .*29×1/,
    ],
    [
      'dense before flatten',
      [{ type: 'dense', units: 3 }, ...HEAD],
      /^layers\[0\]\.type \(dense_1\): .*\[28, 28, 1\].*flatten/,
    ],
    [
      'a convolution after flatten',
      [{ type: 'flatten' }, { type: 'conv2d', filters: 1, kernelSize: 1 }, ...HEAD],
      /^layers\[1\]\.type \(conv2d_1\): .*\[784\]/,
    ],
    ['pooling after flatten', [{ type: 'flatten' }, { type: 'globalMaxPooling2d' }, ...HEAD], /^layers\[1\]\.type/],
    [
      'a kernel of terabytes',
      [{ type: 'flatten' }, { type: 'dense', units: 65536 }, { type: 'dense', units: 65536 }, ...HEAD],
      /^layers\[2\]\.units \(dense_2\): .*GiB/,
    ],
    ['no softmax at the end', [{ type: 'flatten' }, { type: 'dense', units: 10 }], /must end in a softmax/],
    ['nine classes', [{ type: 'flatten' }, { type: 'dense', units: 9, activation: 'softmax' }], /10 classes.*\[9\]/],
    ['a softmax over an image', [{ type: 'activation', activation: 'softmax' }], /10 classes.*\[28, 28, 1\]/],
  ])('%s', (_what, layers, expected) => {
    const problems = problemsOf(layers);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });
});

it('ends in softmax as an activation layer too', () => {
  expect(
    problemsOf([{ type: 'flatten' }, { type: 'dense', units: 10 }, { type: 'activation', activation: 'softmax' }]),
  ).toEqual([]);
});

it('counts the work of vgg7 as 14.7 GFLOP a training step of 32', () => {
  expect((buildModel(loadConfig('vgg7'), FASHION_MNIST).flops * 3 * 32) / 1e9).toBeCloseTo(14.7, 1);
});
