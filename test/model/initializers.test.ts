import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { readAll } from '../../src/model/tensors.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

const vgg7 = buildModel(loadConfig('vgg7'), FASHION_MNIST);

describe('first weights', () => {
  it('are the same for the same seed and others for another', async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => initialWeights(vgg7, seed).read('conv2d_2/kernel')));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('of a layer do not depend on the layers around it', async () => {
    const head = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax', name: 'head' }];
    const short = buildModel(parseConfig({ layers: head }, 'a'), FASHION_MNIST);
    const long = buildModel(parseConfig({ layers: [{ type: 'batchNormalization' }, ...head] }, 'b'), FASHION_MNIST);
    const [ours, theirs] = [initialWeights(short, 5), initialWeights(long, 5)];
    expect(ours.shapes.get('head/kernel')).toEqual(theirs.shapes.get('head/kernel'));
    expect(await ours.read('head/kernel')).toEqual(await theirs.read('head/kernel'));
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
});
