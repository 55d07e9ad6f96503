import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawMix } from '../../src/augment/mix.js';
import { loadConfig } from '../../src/config/load.js';
import { modelConfigSchema } from '../../src/config/schema.js';
import type { Engine, TrainerSpec } from '../../src/engine/engine.js';
import { compiledCall } from '../../src/engine/graph/function.js';
import { Graph, type GraphTensor } from '../../src/engine/graph/graph.js';
import { transformImages } from '../../src/engine/graph/images.js';
import { maxPool } from '../../src/engine/graph/pooling.js';
import { type Feed, Session } from '../../src/engine/graph/session.js';
import type { Differentiable } from '../../src/engine/graph/tape.js';
import { gpuEnvironment } from '../../src/engine/native/binding/load.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import type { PoolOptions } from '../../src/model/ops.js';
import { readAll, sizeOf } from '../../src/model/tensors.js';
import { agreeOn } from '../helpers/agreement.js';
import { compilingEngine, nativeBinding, nativeEngine } from '../helpers/engine.js';
import { distance, PLAIN, range } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { randomNetwork } from '../helpers/random-network.js';

// What XLA cannot compile so that each run gives the same bytes, TensorFlow refuses to give it on any device.
const gpu = gpuEnvironment(
  { visible: '0', deterministic: true, tf32: false },
  { source: 'provisioned', folder: '/' },
  {},
);
Object.assign(process.env, { TF_DETERMINISTIC_OPS: gpu.TF_DETERMINISTIC_OPS, XLA_FLAGS: gpu.XLA_FLAGS });

let plain: Engine;
let compiled: Engine;
beforeAll(async () => {
  plain = await nativeEngine();
  compiled = await compilingEngine();
});

/** Windows side by side, with cells left over, with gaps, padded, and such that overlap; rows and columns of the images. */
const WINDOWS: readonly (readonly [PoolOptions, rows: number, columns: number])[] = [
  [{ poolSize: [2, 3], strides: [2, 3], padding: 'valid' }, 7, 8],
  [{ poolSize: [4, 3], strides: [4, 3], padding: 'same' }, 5, 4],
  [{ poolSize: [1, 2], strides: [3, 4], padding: 'same' }, 8, 5],
  [{ poolSize: [5, 6], strides: [1, 1], padding: 'valid' }, 5, 6],
  [{ poolSize: [3, 3], strides: [2, 2], padding: 'same' }, 8, 7],
];

const BATCH = 4;
const COUNT = 32;
const MIX = { alpha: 1, probability: 1 };
const IMAGE = { height: 28, width: 28 };
const POOL = {
  images: Uint8Array.from({ length: COUNT * 784 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => (i * 7) % 10),
};

/** Losses of four steps, and the state after them. */
async function outcome(engine: Engine, spec: Omit<TrainerSpec, 'batchSize' | 'pool'>) {
  const trainer = await engine.trainer({ ...spec, batchSize: BATCH, pool: POOL });
  await trainer.setWeights(initialWeights(spec.model, 1));
  const shift = Float32Array.from([1, 0.1, 1, 0, 0.9, 2, 0, 0]);
  const transforms = Float32Array.from({ length: 8 * BATCH }, (_, i) => shift[i % 8] as number);
  const erase = Int32Array.from({ length: 4 * BATCH }, (_, i) => [3, 5, 12, 20][i % 4] as number);
  const steps = [0, 1, 2, 3].map((step) => ({
    indices: range(step * BATCH, BATCH),
    step,
    learningRate: 1e-3,
    ...(spec.onlineAugmentation && { transforms, erase }),
    ...(spec.mixing && { mix: drawMix({ [step % 2 === 0 ? 'mixup' : 'cutmix']: MIX }, BATCH, IMAGE, 1, 1, step) }),
    ...(spec.lookahead && step % 2 === 1 && { lookahead: 0.4 }),
  }));
  const losses: number[] = [];
  for (let i = 0; i < 4; i += spec.stepsPerCall) {
    for (const { loss } of await trainer.train(steps.slice(i, i + spec.stepsPerCall))) losses.push(loss / BATCH);
  }
  const state = await readAll(trainer.state());
  trainer.dispose();
  return { losses, state };
}

async function expectSame(spec: Omit<TrainerSpec, 'batchSize' | 'pool'>, tolerance: number): Promise<void> {
  const [ours, theirs] = [await outcome(compiled, spec), await outcome(plain, spec)];
  expect(distance(ours.losses, theirs.losses)).toBeLessThan(tolerance);
  // Adam turns a gradient of rounding errors into a whole step, so single weights may differ by steps, not their mass.
  for (const [name, { data }] of theirs.state) {
    const apart = (ours.state.get(name)?.data ?? new Float32Array()).map((value, i) => value - (data[i] as number));
    expect(Math.hypot(...apart.slice(0, 10_000)) / 100, name).toBeLessThan(tolerance);
  }
}

describe('steps compiled by XLA', () => {
  it.each(['conv', 'conv-pool', 'vgg7'])('of %s are the plain ones, dropout included', async (name) => {
    const config = loadConfig(name);
    const model = buildModel(config, FASHION_MNIST);
    await expectSame({ ...PLAIN, model, optimizer: config.optimizer }, 1e-3);
  });

  it('of a network with everything are too, several in a call', async () => {
    const conv = { type: 'conv2d', filters: 6, kernelSize: 3, padding: 'same', useBias: false } as const;
    const block = [conv, { type: 'batchNormalization' }, { type: 'activation', activation: 'gelu' }] as const;
    const config = modelConfigSchema.parse({
      name: 'everything',
      layers: [
        ...block,
        { type: 'maxPooling2d' },
        { type: 'residual', layers: [...block] },
        { type: 'dropout', rate: 0.3 },
        { type: 'globalMaxPooling2d' },
        { type: 'dense', units: 10, activation: 'softmax' },
      ],
      optimizer: { type: 'adamw' },
    });
    const model = buildModel(config, FASHION_MNIST);
    const how = { labelSmoothing: 0.1, clipNorm: 1, emaDecay: 0.9, onlineAugmentation: true };
    const more = { biasLearningRate: 3, lookahead: true, mixing: true, emaWarmup: true, stepsPerCall: 2 };
    await expectSame({ ...PLAIN, ...how, ...more, model, optimizer: config.optimizer }, 1e-3);
  });

  it('of random networks are too', async () => {
    const property = fc.asyncProperty(randomNetwork, (network) => agreeOn(compiled, plain, network, 1e-3));
    await fc.assert(property, { numRuns: 8, seed: 2024 });
  }, 300_000);

  it('give the first of equal maxima the gradient, as the kernel does', async () => {
    const g = new Graph();
    const feeds: Feed[] = [];
    // Of few values, so that most windows have several maxima.
    const noise = (shape: readonly number[], of: number) => {
      const x = g.placeholder('float', shape);
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((Math.imul(i, 2654435761) >>> 20) % of) - 1);
      feeds.push([x, data, shape]);
      return x;
    };
    for (const [options, rows, columns] of WINDOWS) {
      const x = noise([2, rows, columns, 3], 4);
      noise(maxPool(g, x, options).y.shape, 9);
    }
    const inputs = feeds.map(([x]) => x);
    const gradients = (g: Graph, inputs: readonly GraphTensor[]) =>
      (['float', 'bfloat16'] as const).flatMap((dtype) =>
        WINDOWS.map(([options], i) => {
          const [x, dy] = inputs.slice(2 * i).map((input) => g.cast(input, dtype)) as [GraphTensor, GraphTensor];
          const [[, rule]] = maxPool(g, x, options).inputs as [Differentiable['inputs'][0]];
          return g.cast(rule(dy), 'float');
        }),
      );
    const [ours, kernels] = [compiledCall(g, 'gradients', inputs, gradients), gradients(g, inputs)];
    const session = new Session(await nativeBinding(), g);
    expect(session.run(feeds, ours)).toEqual(session.run(feeds, kernels));
    session.dispose();
  });

  it('are compiled, not just called: what XLA has no kernel for is refused', async () => {
    const g = new Graph();
    const images = g.placeholder('float', [1, 4, 4, 1]);
    const transforms = g.placeholder('float', [1, 8]);
    const [turned] = compiledCall(g, 'turn', [images, transforms], (body, [x, by]) => {
      return x && by ? [transformImages(body, x, by)] : [];
    });
    const session = new Session(await nativeBinding(), g);
    const feeds = [
      [images, new Float32Array(16), [1, 4, 4, 1]],
      [transforms, new Float32Array(8), [1, 8]],
    ] as const;
    expect(() => session.run(feeds, turned ? [turned] : [])).toThrow(/XLA_CPU_JIT/);
  });
});
