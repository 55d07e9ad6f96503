import { expect, it } from 'vitest';
import { PLAIN_MACHINE } from '../../src/engine/graph/graph.js';
import { GraphTrainer } from '../../src/engine/graph/trainer.js';
import { nativeBinding } from '../helpers/engine.js';
import { distance, PLAIN, range } from '../helpers/engines.js';
import { noisyNetwork } from '../helpers/random-network.js';

// Both ways run on every CPU; where it has AMX the second is the faster one.
it.each([
  { size: [3, 3], kernelSize: 3, filters: 8, useBias: false },
  { size: [7, 7], kernelSize: 3, filters: 8, useBias: false },
  { size: [5, 2], kernelSize: [1, 5], filters: 8, useBias: false },
  // Kernels that a core's cache does not hold: all three products go by such rows.
  { size: [3, 3], kernelSize: 3, filters: 352, useBias: false },
  { size: [2, 4], kernelSize: 3, filters: 352, useBias: true },
])('images side by side give the same gradients: $size, $kernelSize, $filters filters', async (given) => {
  const { size, ...options } = given;
  const binding = await nativeBinding();
  const conv = { type: 'conv2d', padding: 'same', ...options } as const;
  const layers = [conv, conv, { type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }] as const;
  const batchSize = 32;
  const network = noisyNetwork(layers, { inputShape: [...size, 3], batchSize, labelSmoothing: 0, seed: 1 });
  const optimizer = { type: 'sgd', momentum: 0, nesterov: false } as const;
  const [apart, beside] = await Promise.all(
    [false, true].map(async (amx) => {
      const machine = { ...PLAIN_MACHINE, amx };
      const trainer = new GraphTrainer(
        binding,
        { ...PLAIN, ...network, optimizer, precision: 'bfloat16' },
        { machine },
      );
      await trainer.setWeights(network.weights);
      const gradients = await trainer.gradients({ indices: range(0, batchSize), step: 0, learningRate: 0 });
      trainer.dispose();
      return gradients;
    }),
  );
  for (const [name, { data }] of apart ?? []) {
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // One rounding to bfloat16, whose last bit is 2⁻⁸ of the value.
    expect(distance(beside?.get(name)?.data ?? [], data), name).toBeLessThanOrEqual(largest / 128);
  }
});
