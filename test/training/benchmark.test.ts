import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { buildModel } from '../../src/model/build.js';
import { benchmark } from '../../src/training/benchmark.js';
import { OPEN } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

it('tells the steps that it timed, which are rounded up to equal blocks', async () => {
  const config = loadConfig('examples/mlp.json');
  const training = { model: buildModel(config, FASHION_MNIST), optimizer: config.optimizer, learningRate: 1e-3 };
  const how = { engine: await OPEN['cpu-js'](), batchSize: 8, precision: 'float32', steps: 7 } as const;
  const { steps, msPerStep, imagesPerSecond } = await benchmark({ ...training, ...how });
  expect(steps).toBe(10);
  expect(imagesPerSecond).toBeCloseTo((8 * 1000) / msPerStep.median, 6);
});
