import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { PLAIN_MACHINE } from '../../src/engine/graph/graph.js';
import { GraphTrainer } from '../../src/engine/graph/trainer.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { nativeBinding } from '../helpers/engine.js';
import { distance, PLAIN, range } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

const DETERMINISTIC_GPU = { crossEntropy: 'plain', machine: { ...PLAIN_MACHINE, gpu: true } } as const;

const COUNT = 32;
const POOL = {
  images: Uint8Array.from({ length: COUNT * 784 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => (i * 7) % 10),
};

it.each([0, 0.1])('what a deterministic GPU computes is what the CPU does, smoothing %s', async (labelSmoothing) => {
  const binding = await nativeBinding();
  const config = loadConfig('conv-pool');
  const model = buildModel(config, FASHION_MNIST);
  const spec = { ...PLAIN, model, optimizer: config.optimizer, batchSize: COUNT, pool: POOL, labelSmoothing };
  const [cpu, gpu] = await Promise.all(
    [{}, DETERMINISTIC_GPU].map(async (options) => {
      const trainer = new GraphTrainer(binding, spec, options);
      await trainer.setWeights(initialWeights(model, 1));
      const step = { indices: range(0, COUNT), step: 0, learningRate: 1e-3 };
      const gradients = await trainer.gradients(step);
      const { loss } = await trainer.evaluate(step.indices);
      const [metrics] = await trainer.train([step]);
      trainer.dispose();
      return { gradients, losses: [loss, metrics?.loss ?? Number.NaN] };
    }),
  );
  expect(distance(gpu?.losses ?? [], cpu?.losses ?? [])).toBeLessThan(1e-4);
  for (const [name, { data }] of cpu?.gradients ?? []) {
    expect(distance(gpu?.gradients.get(name)?.data ?? [], data), name).toBeLessThan(1e-6);
  }
});
