import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { modelConfigSchema } from '../../src/config/schema.js';
import type { Engine, Trainer, TrainerSpec } from '../../src/engine/engine.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { type NamedTensors, readAll, sourceOf } from '../../src/model/tensors.js';
import { nativeEngine } from '../helpers/engine.js';
import { distance, OPEN, PLAIN, range } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

let engine: Engine;
beforeAll(async () => {
  engine = await nativeEngine();
});

const COUNT = 128;
const POOL = {
  images: Uint8Array.from({ length: COUNT * 784 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => (i * 7) % 10),
};

async function start(name: string, patch: Partial<TrainerSpec> = {}): Promise<Trainer> {
  const config = loadConfig(name);
  const model = buildModel(config, FASHION_MNIST);
  const spec = { ...PLAIN, model, optimizer: config.optimizer, batchSize: 16, pool: POOL, ...patch };
  const trainer = await engine.trainer(spec);
  await trainer.setWeights(initialWeights(model, 1));
  return trainer;
}

function step(n: number, batch = 16) {
  return { indices: range((n * 16) % (COUNT - batch), batch), step: n, learningRate: 1e-3 };
}

function bytes(state: NamedTensors): string {
  return [...state].map(([name, { data }]) => `${name} ${Buffer.from(data.buffer).toString('base64')}`).join('\n');
}

describe('a step of the graph engine', () => {
  it('gives the same bytes each time, dropout included', async () => {
    const runs = await Promise.all(
      [0, 1].map(async () => {
        const trainer = await start('conv-pool');
        const metrics = await trainer.train([0, 1, 2].map((n) => step(n)));
        return [metrics, bytes(await readAll(trainer.state()))];
      }),
    );
    expect(runs[0]).toEqual(runs[1]);
  });

  it('gives the same bytes alone as in one call with others, as on a GPU', async () => {
    const spec = { emaDecay: 0.9, emaWarmup: true, biasLearningRate: 2, lookahead: true };
    const alone = await start('conv-pool', spec);
    const together = await start('conv-pool', { ...spec, stepsPerCall: 4 });
    const steps = [0, 1, 2, { ...step(3), lookahead: 0.5 }].map((n) => (typeof n === 'number' ? step(n) : n));
    expect(await together.train(steps)).toEqual(await alone.train(steps));
    expect(bytes(await readAll(together.state()))).toBe(bytes(await readAll(alone.state())));
  });

  it('goes on from a saved state as if it had not stopped', async () => {
    const whole = await start('conv-pool', { emaDecay: 0.9 });
    await whole.train([0, 1].map((n) => step(n)));
    const saved = whole.state();
    const resumed = await start('conv-pool', { emaDecay: 0.9 });
    await resumed.setState(saved);
    expect(await resumed.train([step(2), step(3, 5)])).toEqual(await whole.train([step(2), step(3, 5)]));
    expect(bytes(await readAll(resumed.state()))).toBe(bytes(await readAll(whole.state())));
  });

  it('drops different cells in each step', async () => {
    const trainer = await start('vgg7');
    const losses = [];
    for (const n of [0, 1, 2]) {
      const [metrics] = await trainer.train([{ ...step(0), step: n, learningRate: 0 }]);
      losses.push(metrics?.loss);
    }
    expect(new Set(losses).size).toBe(3);
  });

  it('learns in bfloat16 what it learns in float32', async () => {
    const last: number[] = [];
    for (const precision of ['float32', 'bfloat16'] as const) {
      const trainer = await start('conv', { precision });
      let loss = 0;
      for (let n = 0; n < 12; n++) loss = (await trainer.train([step(0)]))[0]?.loss ?? Number.NaN;
      last.push(loss / 16);
    }
    const [float32 = 0, bfloat16 = 0] = last;
    expect(float32).toBeLessThan(1.5);
    expect(Math.abs(bfloat16 - float32)).toBeLessThan(0.15);
  });

  it('adds the images themselves to what a block makes of them in bfloat16', async () => {
    const layers = [
      { type: 'residual', layers: [{ type: 'conv2d', filters: 1, kernelSize: 3, padding: 'same' }] },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    const model = buildModel(modelConfigSchema.parse({ layers }), FASHION_MNIST);
    const optimizer = { type: 'sgd', momentum: 0, nesterov: false } as const;
    const losses = [];
    for (const precision of ['float32', 'bfloat16'] as const) {
      const trainer = await engine.trainer({ ...PLAIN, model, optimizer, batchSize: 16, pool: POOL, precision });
      await trainer.setWeights(initialWeights(model, 1));
      const trained = await trainer.train([step(0), step(1)]);
      losses.push([...trained.map(({ loss }) => loss), (await trainer.evaluate(range(0, 16))).loss]);
    }
    // Sums over 16 images, each about 2.3.
    expect(distance(losses[1] ?? [], losses[0] ?? [])).toBeLessThan(0.1);
  });

  it('scales gradients to the clip norm', async () => {
    const free = await start('conv-pool', { optimizer: { type: 'sgd', momentum: 0, nesterov: false } });
    const clipped = await start('conv-pool', {
      optimizer: { type: 'sgd', momentum: 0, nesterov: false },
      clipNorm: 1e-3,
    });
    const before = await readAll(free.state());
    const moved = async (trainer: Trainer) => {
      await trainer.train([{ ...step(0), learningRate: 1 }]);
      let square = 0;
      for (const [name, { data }] of await readAll(trainer.state())) {
        const old = before.get(name)?.data ?? new Float32Array(data.length);
        for (const [i, value] of data.entries()) square += (value - (old[i] as number)) ** 2;
      }
      return Math.sqrt(square);
    };
    expect(await moved(clipped)).toBeCloseTo(1e-3, 5);
    expect(await moved(free)).toBeGreaterThan(1e-2);
  });
});

describe.each(['native', 'cpu-js'] as const)('around a step of the %s engine', (kind) => {
  const layers = [
    { type: 'flatten' },
    { type: 'batchNormalization' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ];
  const model = buildModel(modelConfigSchema.parse({ layers }), FASHION_MNIST);
  const SGD = { type: 'sgd', momentum: 0, nesterov: false } as const;

  /** The state after each of some steps. */
  async function states(
    patch: Partial<TrainerSpec>,
    lookahead: readonly (number | undefined)[],
  ): Promise<NamedTensors[]> {
    const trainer = await (await OPEN[kind]()).trainer({
      ...PLAIN,
      model,
      optimizer: SGD,
      batchSize: 16,
      pool: POOL,
      ...patch,
    });
    await trainer.setWeights(initialWeights(model, 1));
    const after: NamedTensors[] = [];
    for (const [n, rate] of lookahead.entries()) {
      await trainer.train([{ ...step(n), learningRate: 0.1, ...(rate !== undefined && { lookahead: rate }) }]);
      after.push(await readAll(trainer.state()));
    }
    trainer.dispose();
    return after;
  }

  it('biases and β have their own learning rate, kernels and γ have not', async () => {
    const first = await readAll(initialWeights(model, 1));
    const moved = (state: NamedTensors | undefined, name: string) =>
      (state?.get(name)?.data ?? new Float32Array()).map((value, i) => value - (first.get(name)?.data[i] ?? 0));
    const [[plain], [own]] = await Promise.all([states({}, [undefined]), states({ biasLearningRate: 8 }, [undefined])]);
    for (const name of ['dense_1/bias', 'batchNormalization_1/beta']) {
      expect(
        distance(
          moved(own, name),
          moved(plain, name).map((value) => 8 * value),
        ),
      ).toBeLessThan(1e-5);
      expect(Math.max(...moved(plain, name))).toBeGreaterThan(1e-4);
    }
    for (const name of ['dense_1/kernel', 'batchNormalization_1/gamma']) {
      expect(distance(moved(own, name), moved(plain, name))).toBe(0);
    }
  });

  it('a gradient whose norm is beyond all numbers shows, clipped or not', async () => {
    const deep = buildModel(
      modelConfigSchema.parse({ layers: [layers[0], { type: 'dense', units: 4 }, layers[2]] }),
      FASHION_MNIST,
    );
    const spec = { ...PLAIN, model: deep, optimizer: SGD, batchSize: 16, pool: POOL, clipNorm: 1 };
    const trainer = await (await OPEN[kind]()).trainer(spec);
    // What the first layer makes is 0, so that the loss is moderate; what goes back to it is not.
    const weights = [...(await readAll(initialWeights(deep, 1)))].map(([name, { shape, data }]) => {
      const value = name === 'dense_2/kernel' ? (_: number, i: number) => (i % 2 === 0 ? 1e25 : -1e25) : () => 0;
      return [name, { shape, data: data.map(value) }] as const;
    });
    await trainer.setWeights(sourceOf(new Map(weights)));
    expect((await trainer.train([step(0)]))[0]?.loss).toBeCloseTo(16 * Math.log(10), 3);
    expect((await trainer.train([step(1)]))[0]?.loss).toBeNaN();
    trainer.dispose();
  });

  it('slow weights go their share of the way, and training starts again from there', async () => {
    const name = 'dense_1/kernel';
    const { data: slow } = (await readAll(initialWeights(model, 1))).get(name) as { data: Float32Array };
    const plain = (await states({}, [undefined, undefined]))[1]?.get(name)?.data ?? new Float32Array();
    const [, after] = await states({ lookahead: true }, [undefined, 0.25]);
    expect(
      distance(
        after?.get(name)?.data ?? [],
        slow.map((value, i) => value + 0.25 * ((plain[i] ?? 0) - value)),
      ),
    ).toBeLessThan(1e-6);
    expect(after?.get(`lookahead/${name}`)?.data).toEqual(after?.get(name)?.data);
  });
});

describe.each(['native', 'cpu-js', 'wasm'] as const)('a layer of the %s engine', (kind) => {
  const conv = { type: 'conv2d', filters: 2, kernelSize: 3, padding: 'same' };
  const ending = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
  const SGD = { type: 'sgd', momentum: 0, nesterov: false } as const;

  /** Its first weights, those of the convolution so many times as large. */
  async function trainerOf(layers: readonly object[], scale = 1): Promise<Trainer> {
    const model = buildModel(modelConfigSchema.parse({ layers: [...layers, ...ending] }), FASHION_MNIST);
    const trainer = await (await OPEN[kind]()).trainer({ ...PLAIN, model, optimizer: SGD, batchSize: 16, pool: POOL });
    const weights = [...(await readAll(initialWeights(model, 1)))].map(([name, { shape, data }]) => {
      const factor = name.includes('conv2d_1/') ? scale : 1;
      return [name, { shape, data: data.map((value) => factor * value) }] as const;
    });
    await trainer.setWeights(sourceOf(new Map(weights)));
    return trainer;
  }

  it('that is not trainable stays as it is, and what follows it learns', async () => {
    const trainer = await trainerOf([{ ...conv, trainable: false }]);
    const before = await readAll(trainer.state());
    await trainer.train([step(0)]);
    const after = await readAll(trainer.state());
    for (const name of ['conv2d_1/kernel', 'conv2d_1/bias']) expect(after.get(name)).toEqual(before.get(name));
    expect(after.get('dense_1/kernel')).not.toEqual(before.get('dense_1/kernel'));
  });

  it('with stochastic depth drops whole images at random, others at every step, and none when it is tested', async () => {
    const block = { type: 'residual', layers: [conv], survivalProbability: 0.5 };
    const [certain, random] = [await trainerOf([{ ...block, survivalProbability: 1 }]), await trainerOf([block])];
    expect((await certain.evaluate(range(0, 16))).loss).toBe((await random.evaluate(range(0, 16))).loss);
    const still = (n: number) => ({ indices: range(3, 1), step: n, learningRate: 0 });
    const losses = [];
    for (let n = 0; n < 40; n++) losses.push((await random.train([still(n)]))[0]?.loss);
    // One image, kept or dropped: two losses.
    expect(new Set(losses).size).toBe(2);
    expect((await random.train([still(7)]))[0]?.loss).toBe(losses[7]);
    const [most = 0] = losses;
    const share = losses.filter((loss) => loss === most).length / losses.length;
    expect(share > 0.2 && share < 0.8).toBe(true);
  });

  it.each([
    ['stochastic depth', [{ type: 'residual', layers: [conv], survivalProbability: 0.25 }]],
    ['dropout', [{ ...conv, filters: 1 }, { type: 'globalAveragePooling2d' }, { type: 'dropout', rate: 0.75 }]],
  ])('with %s multiplies what it keeps by one over the share that it keeps', async (_, layers) => {
    const random = await trainerOf(layers);
    const losses: number[] = [];
    for (let n = 0; n < 40; n++) {
      for (const { loss } of await random.train([{ indices: range(3, 1), step: n, learningRate: 0 }]))
        losses.push(loss);
    }
    // Of this one image all that is convolved is dropped at once, or kept.
    const expected = [];
    for (const scale of [0, 4]) expected.push((await (await trainerOf(layers, scale)).evaluate(range(3, 1))).loss);
    const [dropped = 0, kept = 0] = expected;
    expect(Math.abs(dropped - kept)).toBeGreaterThan(0.01);
    for (const loss of losses) expect(Math.min(Math.abs(loss - dropped), Math.abs(loss - kept))).toBeLessThan(1e-5);
    expect(losses.filter((loss) => Math.abs(loss - kept) < 1e-5).length).toBeGreaterThan(0);
  });
});
