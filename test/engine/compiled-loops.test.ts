import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Engine, Precision } from '../../src/engine/engine.js';
import { GraphTrainer } from '../../src/engine/graph/trainer.js';
import { agreeOn } from '../helpers/agreement.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding, nativeEngine } from '../helpers/engine.js';
import { PLAIN, range } from '../helpers/engines.js';
import { noisyNetwork } from '../helpers/random-network.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const NETWORK = noisyNetwork(
  [
    { type: 'conv2d', filters: 5, kernelSize: 3, activation: 'silu' },
    { type: 'batchNormalization' },
    { type: 'activation', activation: 'gelu' },
    { type: 'flatten' },
    { type: 'dense', units: 7, activation: 'geluApproximate' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
  { inputShape: [6, 5, 2], batchSize: 8, labelSmoothing: 0, seed: 1 },
);

/** Where TensorFlow has no XLA. */
async function withoutLoops(): Promise<Engine> {
  const binding = await nativeBinding();
  const { info, inspector } = await nativeEngine();
  return { info, inspector, trainer: async (spec) => new GraphTrainer(binding, spec) };
}

it('activations compiled into one loop give what their operations give one by one', async () => {
  await agreeOn(await nativeEngine(), await withoutLoops(), NETWORK, 1e-5);
});

it('so does batch normalisation of few channels in bfloat16, as far as that tells', async () => {
  await agreeOn(await nativeEngine(), await withoutLoops(), NETWORK, 1e-2, 'bfloat16');
});

it("so do a large kernel's update and a large ReLU's gradient in bfloat16", async () => {
  const large = noisyNetwork(
    [
      { type: 'conv2d', filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' },
      { type: 'flatten' },
      { type: 'dense', units: 32, activation: 'relu' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ],
    { inputShape: [16, 16, 1], batchSize: 64, labelSmoothing: 0, seed: 1 },
  );
  await agreeOn(await nativeEngine(), await withoutLoops(), large, 1e-3, 'bfloat16');
});

it("a large kernel's update passes over the memory once", async () => {
  const dump = temporaryFolder();
  const env = { XLA_FLAGS: `--xla_dump_to=${dump} --xla_dump_hlo_as_text` };
  const args = ['bench', '--model', 'conv', '--steps', '5', '--precision', 'bfloat16', '--device', 'cpu'];
  expect(await runCli(args, { env, cwd: dump })).toMatchObject({ code: 0 });
  const compiled = readdirSync(dump).filter((name) => /adam_.*after_optimizations\.txt$/.test(name));
  expect(compiled).toHaveLength(1);
  const hlo = readFileSync(path.join(dump, compiled[0] ?? ''), 'utf8');
  expect(hlo.match(/ fusion\(.*kind=kLoop/g)).toHaveLength(1);
  // In place: of the large arrays none is copied.
  expect(hlo).not.toMatch(/= f32\[\d.*copy\(/);
});

it('a network of few channels learns in bfloat16 what it learns in float32, with loops and without', async () => {
  const { weights, ...network } = NETWORK;
  const optimizer = { type: 'sgd', momentum: 0.9, nesterov: true } as const;
  const lossAfterSteps = async (engine: Engine, precision: Precision) => {
    const trainer = await engine.trainer({ ...PLAIN, ...network, optimizer, precision });
    await trainer.setWeights(weights);
    const steps = Array.from({ length: 10 }, (_, step) => ({ indices: range(0, 8), step, learningRate: 0.02 }));
    const last = (await trainer.train(steps)).at(-1);
    trainer.dispose();
    return (last?.loss ?? Number.NaN) / 8;
  };
  const [loops, plain] = [await nativeEngine(), await withoutLoops()];
  const exact = await lossAfterSteps(loops, 'float32');
  expect(Math.abs((await lossAfterSteps(loops, 'bfloat16')) - exact)).toBeLessThan(0.03);
  expect(Math.abs((await lossAfterSteps(plain, 'bfloat16')) - exact)).toBeLessThan(0.03);
});
