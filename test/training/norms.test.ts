import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EngineKind, Norms, Trainer, TrainStep } from '../../src/engine/engine.js';
import { type NamedTensors, readAll } from '../../src/model/tensors.js';
import { runPaths } from '../../src/runs/directory.js';
import { readRun } from '../../src/runs/read.js';
import { TrainingControl } from '../../src/training/contracts/control.js';
import { checkpointOf, hashOf } from '../helpers/checkpoints.js';
import { nativeEngine } from '../helpers/engine.js';
import { OPEN, PLAIN, range } from '../helpers/engines.js';
import { noisyNetwork } from '../helpers/random-network.js';
import { runTraining, settings } from '../helpers/training-run.js';

const LAYERS = [
  { type: 'conv2d', filters: 3, kernelSize: 3, activation: 'relu' },
  { type: 'batchNormalization' },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
];
const STEP = { indices: range(0, 4), step: 0, learningRate: 0.01 };

/** All that a step may depend on. */
const EVERYTHING = settings({
  training: { epochs: 3, emaDecay: 0.9, clipNorm: 0.5, labelSmoothing: 0.1 },
  onlineAugmentation: { horizontalFlip: true, rotation: 10 },
});

beforeAll(() => nativeEngine());

/** What a trainer of either engine tells for tests. */
interface Differentiating extends Trainer {
  gradients(step: TrainStep): Promise<NamedTensors>;
}

async function trainerOf(kind: EngineKind, clipNorm?: number): Promise<Differentiating> {
  const network = noisyNetwork(LAYERS, { inputShape: [9, 9, 1], batchSize: 4, labelSmoothing: 0, seed: 3 });
  const { model, pool, batchSize, labelSmoothing } = network;
  const optimizer = { type: 'sgd', momentum: 0, nesterov: false } as const;
  const spec = { ...PLAIN, model, pool, batchSize, labelSmoothing, optimizer, clipNorm };
  const trainer = await (await OPEN[kind]()).trainer(spec);
  await trainer.setWeights(network.weights);
  return trainer as Differentiating;
}

function expectNear(found: Norms['weights'], expected: ReadonlyMap<string, number>): void {
  expect(Object.keys(found).sort()).toEqual([...expected.keys()].sort());
  for (const [name, norm] of expected) expect(found[name], name).toBeCloseTo(norm, 4);
}

function l2(tensors: NamedTensors): Map<string, number> {
  return new Map([...tensors].map(([name, { data }]) => [name, Math.hypot(...data)]));
}

describe('the norms that a trainer tells', () => {
  it.each<EngineKind>(['native', 'cpu-js', 'wasm'])(
    'are those of its weights and of the gradients before clipping, and no step is taken: %s',
    async (kind) => {
      const [plain, clipped] = [await trainerOf(kind), await trainerOf(kind, 0.01)];
      const gradients = l2(await plain.gradients(STEP));
      const before = await readAll(clipped.state());
      const norms = await clipped.norms(STEP);
      expectNear(norms.gradients, gradients);
      expectNear(norms.weights, new Map([...l2(before)].filter(([name]) => gradients.has(name))));
      expect(hashOf(await readAll(clipped.state()))).toBe(hashOf(before));
      for (const trainer of [plain, clipped]) trainer.dispose();
    },
  );
});

describe('a run with --norms', () => {
  const whole = runTraining({ settings: EVERYTHING, norms: true });

  it('trains to the bit as one without', async () => {
    const [without, recorded] = [await runTraining({ settings: EVERYTHING }), await whole];
    const losses = ({ steps }: typeof without) => steps.map(({ loss, accuracy }) => [loss, accuracy]);
    expect(losses(recorded)).toEqual(losses(without));
    const hashes = [without, recorded].map(async ({ folder }) => hashOf((await checkpointOf(folder, 'last')).tensors));
    expect(await hashes[1]).toBe(await hashes[0]);
  });

  it('has a line for each epoch, with the norms of the weights that the epoch ended with', async () => {
    const { folder } = await whole;
    const { norms } = await readRun(folder);
    expect(norms.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const { tensors } = await checkpointOf(folder, 'last');
    const last = norms.at(-1);
    for (const [name, norm] of Object.entries(last?.weights ?? {})) {
      expect(norm, name).toBeCloseTo(Math.hypot(...(tensors.get(name)?.data ?? [])), 3);
    }
    expect(Object.keys(last?.gradients ?? {})).toContain('dense_1/kernel');
  });

  it('that is stopped and resumed has to the byte the norms of the unbroken one', async () => {
    const control = new TrainingControl();
    const broken = await runTraining({
      settings: EVERYTHING,
      norms: true,
      control,
      onEvent: (event) => {
        if (event.event === 'step' && event.epoch === 2 && event.step === 2) control.stopAfterStep();
      },
    });
    const file = runPaths(broken.folder).norms;
    // As a process leaves it that was killed before the epoch's checkpoint, in the middle of the next line.
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    appendFileSync(file, `${line.replace('"epoch":1', '"epoch":2')}\n${line.slice(0, 40)}`);
    await runTraining({ settings: EVERYTHING, norms: true }, broken.folder);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(path.join((await whole).folder, 'norms.jsonl'), 'utf8'));
  });
});
