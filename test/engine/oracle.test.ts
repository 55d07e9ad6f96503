import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { Engine, Trainer, TrainStep } from '../../src/engine/engine.js';
import type { NamedTensors } from '../../src/model/tensors.js';
import { distance, OPEN, PLAIN, range } from '../helpers/engines.js';
import { type RandomNetwork, randomNetwork } from '../helpers/random-network.js';

/** What a trainer of either engine tells for this test, besides the shared interface. */
interface Differentiating extends Trainer {
  gradients(step: TrainStep): Promise<NamedTensors>;
}

interface Outcome {
  readonly gradients: NamedTensors;
  readonly loss: number;
  /** After one step. */
  readonly state: NamedTensors;
}

let native: Engine;
let oracle: Engine;
beforeAll(async () => {
  native = await OPEN.native();
  oracle = await OPEN['cpu-js']();
});

it('the graph engine agrees with tfjs on loss, every gradient and the next state, for 200 random networks', async () => {
  const property = fc.asyncProperty(randomNetwork, async (network) => {
    const ours = await outcome(native, network);
    const theirs = await outcome(oracle, network);
    expect(ours.loss).toSatisfy((loss: number) => Math.abs(loss - theirs.loss) <= 1e-4 * Math.max(1, theirs.loss));
    expectNear(ours.gradients, theirs.gradients, 'gradient of');
    expectNear(ours.state, theirs.state, 'after a step,');
  });
  await fc.assert(property, { numRuns: 200, seed: 2024 });
}, 300_000);

async function outcome(engine: Engine, network: RandomNetwork): Promise<Outcome> {
  const { model, pool, batchSize, labelSmoothing } = network;
  const optimizer = { type: 'sgd', momentum: 0.9, nesterov: true } as const;
  const trainer = await engine.trainer({ ...PLAIN, model, pool, batchSize, labelSmoothing, optimizer, emaDecay: 0.9 });
  try {
    await trainer.setWeights(network.weights);
    const step = { indices: range(0, batchSize), step: 0, learningRate: 0.01 };
    // Both engines' own trainers have the further method.
    const gradients = await (trainer as Differentiating).gradients(step);
    const [metrics] = await trainer.train([step]);
    return { gradients, loss: (metrics?.loss ?? Number.NaN) / batchSize, state: await trainer.state() };
  } finally {
    trainer.dispose();
  }
}

/** Within 1e-4 of the largest value, or of 1. */
function expectNear(ours: NamedTensors, theirs: NamedTensors, what: string): void {
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [name, { data }] of theirs) {
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expect(distance(ours.get(name)?.data ?? [], data), `${what} ${name}`).toBeLessThanOrEqual(1e-4 * scale);
  }
}
