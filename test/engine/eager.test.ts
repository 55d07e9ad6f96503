import { describe, expect, it } from 'vitest';
import { drawMix } from '../../src/augment/mix.js';
import { modelConfigSchema } from '../../src/config/schema.js';
import * as tf from '../../src/engine/eager/tf.js';
import type { Engine, Trainer, TrainerSpec, TrainStep } from '../../src/engine/engine.js';
import { EngineError } from '../../src/errors.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { type NamedTensors, readAll } from '../../src/model/tensors.js';
import type { OptimizerSpec } from '../../src/optimizers/registry.js';
import { distance, OPEN, PLAIN, range } from '../helpers/engines.js';

const CONFIG = modelConfigSchema.parse({
  name: 'small',
  layers: [
    {
      type: 'residual',
      layers: [
        { type: 'conv2d', filters: 3, kernelSize: 3, strides: 2, padding: 'same', useBias: false },
        { type: 'batchNormalization', momentum: 0.9 },
        { type: 'activation', activation: 'gelu' },
      ],
    },
    { type: 'averagePooling2d', poolSize: 3, strides: 2, padding: 'same' },
    { type: 'flatten' },
    { type: 'dropout', rate: 0.5 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
});
const INPUT = { inputShape: [8, 8, 1], classes: 10 };
const MODEL = buildModel(CONFIG, INPUT);
const STILL = buildModel({ ...CONFIG, layers: CONFIG.layers.filter(({ type }) => type !== 'dropout') }, INPUT);
const POOL = {
  images: Uint8Array.from({ length: 32 * 64 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
  labels: Uint8Array.from({ length: 32 }, (_, i) => (i * 7) % 10),
};

const OPTIMIZERS: OptimizerSpec[] = [
  { type: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { type: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1 },
  { type: 'sgd', momentum: 0, nesterov: false },
  { type: 'sgd', momentum: 0.9, nesterov: false },
  { type: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  { type: 'rmsprop', rho: 0.9, epsilon: 1e-7 },
];

/** All that a config can ask of a step. */
const WHOLE = {
  labelSmoothing: 0.1,
  clipNorm: 0.5,
  biasLearningRate: 3,
  emaDecay: 0.9,
  emaWarmup: true,
  lookahead: true,
  onlineAugmentation: true,
  mixing: true,
} as const;

async function start(engine: Engine, patch: Partial<TrainerSpec> = {}): Promise<Trainer> {
  const [optimizer] = OPTIMIZERS as [OptimizerSpec];
  const trainer = await engine.trainer({ ...PLAIN, model: MODEL, optimizer, batchSize: 8, pool: POOL, ...patch });
  await trainer.setWeights(initialWeights(MODEL, 1));
  return trainer;
}

/** A step of 8 images under a falling learning rate, each shifted by half a pixel and with a hole; slow weights move in every second one, in which
 * a rectangle is cut out of another image, instead of the mean with it. */
function step(n: number): TrainStep {
  const transforms = Float32Array.from({ length: 64 }, (_, i) => [1, 0, 0.5, 0, 1, 0, 0, 0][i % 8] as number);
  const erase = Int32Array.from({ length: 32 }, (_, i) => [1, 2, 4, 5][i % 4] as number);
  const lookahead = n % 2 === 1 ? { lookahead: 0.4 } : {};
  const way = n % 2 === 1 ? 'cutmix' : 'mixup';
  const mix = drawMix({ [way]: { alpha: 1, probability: 1 } }, 8, { height: 8, width: 8 }, 1, 1, n);
  return {
    indices: range((n * 8) % 32, 8),
    step: n,
    learningRate: 0.02 / (n + 1),
    transforms,
    erase,
    mix,
    ...lookahead,
  };
}

function bytes(state: NamedTensors): string {
  return [...state].map(([name, { data }]) => `${name} ${Buffer.from(data.buffer).toString('base64')}`).join('\n');
}

describe.each(['cpu-js', 'wasm'] as const)('the %s engine', (kind) => {
  it.each(OPTIMIZERS)(
    'trains as the native one does with $type, momentum $momentum, nesterov $nesterov',
    async (optimizer) => {
      const states = [];
      for (const engine of [await OPEN[kind](), await OPEN.native()]) {
        const trainer = await start(engine, { ...WHOLE, optimizer, model: STILL });
        const correct: (number | undefined)[] = [];
        for (let n = 0; n < 5; n++) correct.push((await trainer.train([step(n)]))[0]?.correct);
        states.push([await readAll(trainer.state()), await trainer.evaluate(range(0, 32), 'ema'), correct] as const);
        trainer.dispose();
      }
      const [[ours, evaluation, right], [theirs, expected, expectedRight]] = states as [
        (typeof states)[0],
        (typeof states)[0],
      ];
      expect(right).toEqual(expectedRight);
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      for (const [name, { data }] of theirs)
        expect(distance(ours.get(name)?.data ?? [], data), name).toBeLessThan(1e-3);
      expect(distance(evaluation.probabilities, expected.probabilities)).toBeLessThan(1e-3);
    },
  );

  it('goes on from a saved state bit for bit, dropout included', async () => {
    const engine = await OPEN[kind]();
    const [whole, first, second] = [await start(engine, WHOLE), await start(engine, WHOLE), await start(engine, WHOLE)];
    await whole.train([step(0), step(1), step(2)]);
    await first.train([step(0)]);
    await second.setState(first.state());
    expect(bytes(await readAll(second.state()))).toBe(bytes(await readAll(first.state())));
    await second.train([step(1), step(2)]);
    expect(bytes(await readAll(second.state()))).toBe(bytes(await readAll(whole.state())));
  });

  it('drops other values at every step', async () => {
    const trainer = await start(await OPEN[kind](), { optimizer: { type: 'sgd', momentum: 0, nesterov: false } });
    const still = { ...step(0), learningRate: 0 };
    const metrics = await trainer.train([still, { ...still, step: 1 }, still]);
    const losses = metrics.map(({ loss }) => loss);
    expect(losses[1]).not.toBe(losses[0]);
    expect(losses[2]).toBe(losses[0]);
  });

  it('holds no more tensors after many steps than after one, and none when it is done', async () => {
    const engine = await OPEN[kind]();
    const before = tf.memory().numTensors;
    const trainer = await start(engine, WHOLE);
    await trainer.train([step(0)]);
    const held = tf.memory().numTensors;
    await trainer.train([step(1), step(2)]);
    await trainer.evaluate(range(0, 32), 'ema');
    await trainer.predict(POOL.images);
    await trainer.setState(trainer.state());
    expect(tf.memory().numTensors).toBe(held);
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses bfloat16', async () => {
    const engine = await OPEN[kind]();
    await expect(start(engine, { precision: 'bfloat16' })).rejects.toThrow(EngineError);
  });

  it('leaves the process without listeners of its own', async () => {
    await OPEN[kind]();
    const sources = process.listeners('uncaughtException').map(String).join();
    expect(sources).not.toContain('ExitStatus');
  });
});
