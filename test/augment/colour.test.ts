import { expect, it } from 'vitest';
import { makeCopies } from '../../src/augment/copies.js';
import { drawOnlineBatch } from '../../src/augment/online.js';
import { DEFAULT_AUGMENTATION } from '../../src/augment/ranges.js';
import type { ImageShape } from '../../src/image.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { seededRandom } from '../../src/random.js';
import { distance, OPEN, PLAIN, range } from '../helpers/engines.js';

const SHAPE: ImageShape = [12, 10, 3];
const COUNT = 16;
const random = seededRandom(1, 'colour');
const images = Uint8Array.from({ length: COUNT * 12 * 10 * 3 }, () => random.below(256));
const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 4);

/** One channel of all images. */
const plane = (all: Uint8Array, channel: number) => all.filter((_, i) => i % 3 === channel);

it('augmented images in colour are those of their three planes', async () => {
  const request = { labels, from: COUNT, count: 50, ranges: DEFAULT_AUGMENTATION, seed: 3 };
  const coloured = await makeCopies({ ...request, images, shape: SHAPE });
  for (const channel of [0, 1, 2]) {
    const grey = await makeCopies({ ...request, images: plane(images, channel), shape: [12, 10, 1] });
    expect(plane(coloured.images, channel)).toEqual(grey.images);
  }
});

it('fresh augmentation and erasing in colour train alike on both engines', async () => {
  const erase = { probability: 0.7, minArea: 0.1, maxArea: 0.3 };
  const fresh = { horizontalFlip: true, widthShift: 0.1, heightShift: 0.1, rotation: 20, cropPadding: 2, erase };
  const layers = [
    {
      type: 'conv2d',
      filters: 4,
      kernelSize: 3,
      strides: 1,
      padding: 'valid',
      dilationRate: 1,
      activation: 'relu',
      useBias: true,
      kernelInitializer: 'glorotUniform',
      trainable: true,
    },
    { type: 'flatten' },
    { type: 'dense', units: 4, activation: 'softmax', useBias: true, kernelInitializer: 'glorotUniform' },
  ] as const;
  const model = buildModel({ name: 'colour', layers }, { inputShape: SHAPE, classes: 4 });
  const losses = [];
  for (const engine of [await OPEN.native(), await OPEN['cpu-js']()]) {
    const optimizer = { type: 'sgd', momentum: 0, nesterov: false } as const;
    const pool = { images, labels };
    const spec = { ...PLAIN, model, optimizer, pool, batchSize: COUNT, onlineAugmentation: true };
    const trainer = await engine.trainer(spec);
    await trainer.setWeights(initialWeights(model, 5));
    const seen = [];
    for (let step = 0; step < 5; step++) {
      const drawn = drawOnlineBatch(fresh, range(0, COUNT), { height: 12, width: 10 }, 7, 1, step);
      const [metrics] = await trainer.train([{ indices: range(0, COUNT), step, learningRate: 0.1, ...drawn }]);
      seen.push(metrics?.loss ?? Number.NaN);
    }
    losses.push(seen);
    trainer.dispose();
  }
  const [native = [], eager = []] = losses;
  expect(new Set(native).size).toBe(5);
  expect(distance(native, eager)).toBeLessThan(1e-3);
});
