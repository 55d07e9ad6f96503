import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { readAll, readTensor } from '../../src/model/tensors.js';
import type { ImageSample } from '../../src/model/whitening.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { realDataset } from '../helpers/real-data.js';

const vgg7 = buildModel(loadConfig('vgg7'), FASHION_MNIST);

describe('first weights', () => {
  it('are the same for the same seed and others for another', async () => {
    const [a, b, c] = await Promise.all(
      [1, 1, 2].map((seed) => readTensor(initialWeights(vgg7, seed), 'conv2d_2/kernel')),
    );
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('of a layer do not depend on the layers around it', async () => {
    const head = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax', name: 'head' }];
    const short = buildModel(parseConfig({ layers: head }, 'a'), FASHION_MNIST);
    const long = buildModel(parseConfig({ layers: [{ type: 'batchNormalization' }, ...head] }, 'b'), FASHION_MNIST);
    const [ours, theirs] = [initialWeights(short, 5), initialWeights(long, 5)];
    expect(ours.shapes.get('head/kernel')).toEqual(theirs.shapes.get('head/kernel'));
    expect(await readTensor(ours, 'head/kernel')).toEqual(await readTensor(theirs, 'head/kernel'));
  });

  it('of kernels are uniform within Glorot’s limit, and biases 0', async () => {
    const weights = await readAll(initialWeights(vgg7, 3));
    const { data } = weights.get('conv2d_4/kernel') ?? { data: new Float32Array() };
    const limit = Math.sqrt(6 / (9 * 128 + 9 * 256));
    const bins = new Array<number>(10).fill(0);
    for (const value of data) {
      const bin = Math.min(9, Math.floor(((value / limit + 1) / 2) * 10));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThanOrEqual(limit * (1 + 1e-6));
    // 294,912 draws in ten bins: five standard deviations are 2.8 % of a bin.
    for (const n of bins) expect(Math.abs(n / (data.length / 10) - 1)).toBeLessThan(0.028);
    expect(weights.get('conv2d_4/bias')?.data.every((value) => value === 0)).toBe(true);
  });

  it('of batch normalisation are 1, 0, 0 and 1', async () => {
    const model = buildModel(
      parseConfig(
        {
          layers: [
            { type: 'batchNormalization' },
            { type: 'flatten' },
            { type: 'dense', units: 10, activation: 'softmax' },
          ],
        },
        'bn',
      ),
      FASHION_MNIST,
    );
    const first = [...(await readAll(initialWeights(model, 1)))].slice(0, 4).map(([name, { data }]) => [name, ...data]);
    expect(first).toEqual([
      ['batchNormalization_1/gamma', 1],
      ['batchNormalization_1/beta', 0],
      ['batchNormalization_1/moving_mean', 0],
      ['batchNormalization_1/moving_variance', 1],
    ]);
    expect(model.parameters).toEqual({ total: 4 + 7850, trainable: 2 + 7850 });
  });

  /** The first kernel of a convolution of the images. */
  async function kernel(layer: object, images?: ImageSample): Promise<Float32Array> {
    const ending = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
    const model = buildModel(parseConfig({ layers: [{ ...layer, name: 'it' }, ...ending] }, 'test'), FASHION_MNIST);
    return readTensor(initialWeights(model, 5, images), 'it/kernel');
  }

  it.each([
    ['glorotUniform', 2 / (9 * 2000 + 9), Math.sqrt(3)],
    ['glorotNormal', 2 / (9 * 2000 + 9), 2 / 0.8796],
    ['heUniform', 2 / 9, Math.sqrt(3)],
    ['heNormal', 2 / 9, 2 / 0.8796],
    ['lecunUniform', 1 / 9, Math.sqrt(3)],
    ['lecunNormal', 1 / 9, 2 / 0.8796],
  ])('%s has the variance and the bounds of Keras’ of that name', async (kernelInitializer, variance, deviations) => {
    const conv = { type: 'conv2d', filters: 2000, kernelSize: 3, kernelInitializer };
    const values = await kernel(conv);
    const squares = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    // 18,000 draws: five standard errors are 5 %.
    expect(Math.abs(squares / variance - 1)).toBeLessThan(0.05);
    expect(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(
      Math.sqrt(variance) * deviations * 1.001,
    );
  });

  it.each([
    ['depthwiseConv2d', { depthMultiplier: 50 }, 'depthwise_kernel', [9 * 40, 9 * 50]],
    ['separableConv2d', { depthMultiplier: 50, filters: 3 }, 'depthwise_kernel', [9 * 40, 9 * 50]],
    ['separableConv2d', { depthMultiplier: 2, filters: 200 }, 'pointwise_kernel', [2 * 40, 200]],
  ] as const)('%s %j has the fans of Keras’ in its %s', async (type, options, name, [fanIn, fanOut]) => {
    const variance = async (initializer: string) => {
      const kinds = {
        depthwiseInitializer: initializer,
        ...('filters' in options && { pointwiseInitializer: initializer }),
      };
      const layer = { type, name: 'it', kernelSize: 3, ...options, ...kinds };
      const before = { type: 'conv2d', filters: 40, kernelSize: 1 };
      const ending = [{ type: 'globalMaxPooling2d' }, { type: 'dense', activation: 'softmax' }];
      const model = buildModel(parseConfig({ layers: [before, layer, ...ending] }, 'test'), FASHION_MNIST);
      const values = await readTensor(initialWeights(model, 5), `it/${name}`);
      return values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    };
    expect(Math.abs((await variance('lecunUniform')) * fanIn - 1)).toBeLessThan(0.05);
    expect(Math.abs(((await variance('glorotUniform')) * (fanIn + fanOut)) / 2 - 1)).toBeLessThan(0.05);
  });

  it('zeros are zeros', async () => {
    const conv = { type: 'conv2d', filters: 3, kernelSize: 3, kernelInitializer: 'zeros' };
    expect((await kernel(conv)).every((value) => value === 0)).toBe(true);
  });

  it('dirac passes each channel on in a filter of its own, and draws further filters', async () => {
    const conv = { type: 'conv2d', filters: 3, kernelSize: [3, 5], padding: 'same', kernelInitializer: 'dirac' };
    const values = await kernel(conv);
    const first = values.filter((_, i) => i % 3 === 0);
    expect([...first]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(values.filter((_, i) => i % 3 !== 0).every((value) => value !== 0)).toBe(true);
  });

  it('whitening makes patches of the images uncorrelated, of variance 1, both ways round', async () => {
    const { train } = await realDataset();
    const images = { images: train.images.subarray(0, 300 * 784), shape: [28, 28, 1] };
    const conv = { type: 'conv2d', filters: 20, kernelSize: 3, kernelInitializer: 'whitening', trainable: false };
    const values = await kernel(conv, images);
    const filter = (n: number) => Array.from({ length: 9 }, (_, cell) => values[cell * 20 + n] as number);
    const outputs = Array.from({ length: 9 }, (_, n) => responses(images.images, filter(n)));
    const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
    const centred = outputs.map((x) => {
      const middle = mean(x);
      return x.map((value) => value - middle);
    });
    for (const [i, x] of centred.entries()) {
      for (const [j, y] of centred.entries()) {
        const covariance = mean(x.map((value, at) => value * (y[at] as number)));
        // What is added to the eigenvalues keeps the last, small ones below 1.
        if (i === j) expect(covariance).toBeGreaterThan(0.8);
        expect(Math.abs(covariance - (i === j ? Math.min(1, covariance) : 0))).toBeLessThan(1e-3);
      }
      expect(filter(9 + i)).toEqual(filter(i).map((value) => -value));
    }
    // The tenth to eighteenth are these; what is left is drawn.
    expect(filter(19).every((value) => value !== 0)).toBe(true);
  });

  it('whitening is refused for images of one colour', async () => {
    const conv = { type: 'conv2d', filters: 4, kernelSize: 3, kernelInitializer: 'whitening' };
    for (const colour of [0, 77]) {
      const images = { images: new Uint8Array(50 * 784).fill(colour), shape: [28, 28, 1] };
      await expect(kernel(conv, images)).rejects.toThrow('the training images are all of one colour');
    }
  });

  it('whitening is refused where a kernel is larger than the images', () => {
    const conv = { type: 'conv2d', filters: 4, kernelSize: [29, 3], padding: 'same', kernelInitializer: 'whitening' };
    const layers = [conv, { type: 'flatten' }, { type: 'dense', activation: 'softmax' }];
    expect(() => parseConfig({ layers }, 'test')).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(/^layers\[0\]\.kernelSize .*29×3 is larger/)] }),
    );
  });

  it('whitening is refused where it does not see the images', () => {
    const conv = { type: 'conv2d', filters: 4, kernelSize: 3, kernelInitializer: 'whitening' };
    const layers = [
      { ...conv, kernelInitializer: 'heNormal' },
      conv,
      { type: 'flatten' },
      { type: 'dense', activation: 'softmax' },
    ];
    expect(() => parseConfig({ layers }, 'test')).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(/^layers\[1\]\.kernelInitializer .*first layer/)] }),
    );
  });
});

/** What a 3×3 filter makes of each patch of the images. */
function responses(images: Uint8Array, filter: readonly number[]): number[] {
  const made: number[] = [];
  for (let image = 0; image < images.length; image += 784) {
    for (let top = 0; top < 26; top++) {
      for (let left = 0; left < 26; left++) {
        const at = (cell: number) => (images[image + (top + Math.floor(cell / 3)) * 28 + left + (cell % 3)] ?? 0) / 255;
        made.push(filter.reduce((sum, weight, cell) => sum + weight * at(cell), 0));
      }
    }
  }
  return made;
}
