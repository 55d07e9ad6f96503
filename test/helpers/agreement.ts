import fc from 'fast-check';
import { expect } from 'vitest';
import type { Engine, Precision, Trainer, TrainStep } from '../../src/engine/engine.js';
import { type NamedTensors, readAll } from '../../src/model/tensors.js';
import { distance, PLAIN, range } from './engines.js';
import { type RandomNetwork, randomNetwork } from './random-network.js';

export interface AgreementOptions {
  /** How many random networks. */
  readonly networks: number;
  /** Of the largest value of each array, or of 1. */
  readonly tolerance: number;
}

/** Tests that two engines agree on loss, every gradient and the state after a step, for random networks. */
export async function agree(one: Engine, other: Engine, { networks, tolerance }: AgreementOptions): Promise<void> {
  const property = fc.asyncProperty(randomNetwork, (network) => agreeOn(one, other, network, tolerance));
  await fc.assert(property, { numRuns: networks, seed: 2024 });
}

/** Tests that two engines agree on loss, every gradient and the state after a step. */
export async function agreeOn(
  one: Engine,
  other: Engine,
  network: RandomNetwork,
  tolerance: number,
  precision: Precision = 'float32',
): Promise<void> {
  const ours = await outcome(one, network, precision);
  const theirs = await outcome(other, network, precision);
  expect(Math.abs(ours.loss - theirs.loss), 'loss').toBeLessThanOrEqual(tolerance * Math.max(1, theirs.loss));
  expectNear(ours.gradients, theirs.gradients, tolerance, 'gradient of');
  expectNear(ours.state, theirs.state, tolerance, 'after a step,');
}

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

async function outcome(engine: Engine, network: RandomNetwork, precision: Precision): Promise<Outcome> {
  const { model, pool, batchSize, labelSmoothing } = network;
  const optimizer = { type: 'sgd', momentum: 0.9, nesterov: true } as const;
  const training = { model, pool, batchSize, labelSmoothing, optimizer, precision, emaDecay: 0.9 };
  const trainer = await engine.trainer({ ...PLAIN, ...training });
  try {
    await trainer.setWeights(network.weights);
    const step = { indices: range(0, batchSize), step: 0, learningRate: 0.01 };
    // Both engines' own trainers have the further method.
    const gradients = await (trainer as Differentiating).gradients(step);
    const [metrics] = await trainer.train([step]);
    return { gradients, loss: (metrics?.loss ?? Number.NaN) / batchSize, state: await readAll(trainer.state()) };
  } finally {
    trainer.dispose();
  }
}

function expectNear(ours: NamedTensors, theirs: NamedTensors, tolerance: number, what: string): void {
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [name, { data }] of theirs) {
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expect(distance(ours.get(name)?.data ?? [], data), `${what} ${name}`).toBeLessThanOrEqual(tolerance * scale);
  }
}
