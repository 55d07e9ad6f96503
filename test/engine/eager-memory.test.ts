import { expect, it } from 'vitest';
import { modelConfigSchema } from '../../src/config/schema.js';
import * as tf from '../../src/engine/eager/tf.js';
import { OutOfMemoryError } from '../../src/errors.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { OPEN, PLAIN, range } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

it('WASM says so when its memory is full, instead of training on with garbage', async () => {
  const engine = await OPEN.wasm();
  const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
  const model = buildModel(modelConfigSchema.parse({ name: 'dense', layers }), FASHION_MNIST);
  const pool = { images: new Uint8Array(64 * 784).fill(7), labels: new Uint8Array(64) };
  const optimizer = { type: 'sgd', momentum: 0, nesterov: false } as const;
  const trainer = await engine.trainer({ ...PLAIN, model, pool, optimizer, batchSize: 64 });
  await trainer.setWeights(initialWeights(model, 1));
  const step = { indices: range(0, 64), step: 0, learningRate: 0.001 };
  await trainer.train([step]);

  // All that is left of four gigabytes, in ever smaller pieces; the system lends no page of it before it is written.
  const { wasm } = tf.backend() as unknown as { wasm: { _malloc(bytes: number): number } };
  const fill = (bytes: number): void => {
    for (;;) wasm._malloc(bytes);
  };
  for (let bytes = 2 ** 30; bytes >= 2 ** 10; bytes /= 2) expect(() => fill(bytes)).toThrow(OutOfMemoryError);

  await expect(trainer.train([step])).rejects.toThrow(OutOfMemoryError);
  trainer.dispose();
});
