import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.js';
import { UsageError } from '../../src/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'fmnist-resolve-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = join(folder, 'mine.json');
writeFileSync(
  config,
  JSON.stringify({
    layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
    optimizer: { type: 'sgd', learningRate: 0.2 },
    training: { epochs: 3, batchSize: 64 },
  }),
);

it('flags go over the config file, and that over the defaults', () => {
  const { training, optimizer, name } = resolveConfig({ config, epochs: 7, learningRate: 0.5 }, 'conv');
  expect(name).toBe('mine');
  expect(training).toMatchObject({ epochs: 7, batchSize: 64, validationSplit: 0.25 });
  expect(optimizer).toEqual({ type: 'sgd', learningRate: 0.5, momentum: 0, nesterov: false });
});

it('with --model and --config the layers are the model’s and the settings the file’s', () => {
  const { layers, training, name } = resolveConfig({ model: 'conv', config }, 'vgg7');
  expect(name).toBe('conv');
  expect(layers).toHaveLength(6);
  expect(training.batchSize).toBe(64);
});

it('a settings file without layers serves with --model only', () => {
  const settings = join(folder, 'settings.json');
  writeFileSync(settings, JSON.stringify({ training: { epochs: 2 } }));
  expect(resolveConfig({ model: 'conv', config: settings }, 'vgg7').training.epochs).toBe(2);
  expect(() => resolveConfig({ config: settings }, 'vgg7')).toThrow(UsageError);
});

it('without either the default model is taken', () => {
  expect(resolveConfig({}, 'conv-pool').name).toBe('conv-pool');
});

it('--learning-rate is the peak of a one-cycle schedule', () => {
  const cyclic = join(folder, 'cyclic.json');
  writeFileSync(cyclic, JSON.stringify({ schedule: { type: 'oneCycle', maxLearningRate: 0.1 } }));
  const { schedule } = resolveConfig({ model: 'conv', config: cyclic, learningRate: 0.3 }, 'conv');
  expect(schedule).toMatchObject({ type: 'oneCycle', maxLearningRate: 0.3 });
});
