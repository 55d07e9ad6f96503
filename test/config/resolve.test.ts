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

it('--set puts JSON values into the config before it is checked, null takes a key away', () => {
  const set = ['optimizer.type=sgd', 'layers.0.filters=64', 'layers[4].units=77', 'training.emaDecay=0.9'];
  const { optimizer, layers, training } = resolveConfig({ model: 'conv', set }, 'vgg7');
  expect(optimizer).toMatchObject({ type: 'sgd', momentum: 0 });
  expect(layers[0]).toMatchObject({ type: 'conv2d', filters: 64 });
  expect(layers[4]).toMatchObject({ type: 'dense', units: 77 });
  expect(training.emaDecay).toBe(0.9);
  expect(resolveConfig({ config, set: ['training.epochs=null'] }, 'conv').training.epochs).toBe(25);
});

it('--set refuses a rate that a one-cycle schedule does not look at', () => {
  const set = (...values: string[]) => resolveConfig({ model: 'quick', set: values }, 'conv');
  for (const value of ['optimizer.learningRate=0.1', 'optimizer={"type":"sgd","learningRate":0.1}']) {
    expect(() => set(value)).toThrow(/optimizer\.learningRate does nothing: .* schedule\.maxLearningRate/);
  }
  expect(set('schedule.maxLearningRate=0.1').schedule).toMatchObject({ maxLearningRate: 0.1 });
  expect(set('optimizer.learningRate=0.1', 'schedule.type=cosine').optimizer.learningRate).toBe(0.1);
  expect(set('optimizer.type=sgd').optimizer.type).toBe('sgd');
});

it.each([
  ['optimzer.type=sgd', 'optimzer: unknown key. Did you mean "optimizer"?'],
  ['optimizer.learningRat=1', 'optimizer.learningRat: unknown key. Did you mean "learningRate"?'],
  ['type=foo', 'config conv has a problem\ntype: unknown key'],
  ['training.epochs="ten"', 'training.epochs: must be a number, but is "ten"'],
  ['layers.17.units=3', 'layers.17: layers is a list of 6, counted from 0'],
  ['name.first=3', 'name.first: name is "conv", which has no parts'],
  ['epochs', '--set takes path=value, not "epochs"'],
  ['training..epochs=1', '"training..epochs" is not a path in a config'],
  ['__proto__.x=1', '__proto__: unknown key'],
])('--set %s is refused: %s', (assignment, message) => {
  const refused = (): unknown => resolveConfig({ model: 'conv', set: [assignment] }, 'vgg7');
  expect(refused).toThrow(UsageError);
  try {
    refused();
  } catch (error) {
    const { message: line, problems } = error as UsageError;
    expect([line, ...problems].join('\n')).toContain(message);
  }
});
