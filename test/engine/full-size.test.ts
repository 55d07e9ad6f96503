import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { modelConfigSchema } from '../../src/config/schema.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { nativeEngine } from '../helpers/engine.js';
import { PLAIN, range } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { realDataset } from '../helpers/real-data.js';

/** A run of Keras 3.15, made by fixtures/make_keras_fixtures.py, which says what rounding lets compare. */
interface KerasRun {
  model: string;
  seed: number;
  batchSize: number;
  optimizer: unknown;
  losses: number[];
}

it.each(['conv', 'conv-pool', 'vgg7-adam', 'vgg7-sgd'])(
  '%s at full size, dropout left out, follows the losses of Keras on real images',
  async (name) => {
    const file = new URL(`../fixtures/golden/full/${name}.json`, import.meta.url);
    const keras = JSON.parse(readFileSync(file, 'utf8')) as KerasRun;
    const { batchSize } = keras;
    const config = modelConfigSchema.parse({ ...loadConfig(keras.model), optimizer: keras.optimizer });
    const { learningRate, ...optimizer } = config.optimizer;
    const model = buildModel(
      { ...config, layers: config.layers.filter(({ type }) => type !== 'dropout') },
      FASHION_MNIST,
    );
    const { train: pool } = await realDataset();
    const engine = await nativeEngine();
    const trainer = await engine.trainer({ ...PLAIN, model, optimizer, batchSize, pool });
    try {
      await trainer.setWeights(initialWeights(model, keras.seed));
      for (const [step, expected] of keras.losses.entries()) {
        const indices = range(step * batchSize, batchSize);
        const [batch] = await trainer.train([{ indices, step, learningRate }]);
        const loss = (batch?.loss ?? Number.NaN) / batchSize;
        expect(Math.abs(loss - expected), `step ${step}: ${loss}, Keras ${expected}`).toBeLessThan(1e-3);
      }
    } finally {
      trainer.dispose();
    }
  },
);
