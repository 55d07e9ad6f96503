import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Evaluation, Trainer } from '../../src/engine/engine.js';
import type { NamedTensors } from '../../src/model/tensors.js';
import { distance, OPEN, PLAIN, range } from '../helpers/engines.js';
import { GOLDEN_NAMES, goldenRun } from '../helpers/golden.js';

/** How near each engine must come to Keras: losses relatively, weights and probabilities absolutely. */
const TOLERANCE = { 'cpu-js': 1e-4, wasm: 1e-3, webgpu: 1e-3 };

const KINDS = Object.keys(TOLERANCE) as (keyof typeof TOLERANCE)[];

describe.each(KINDS)('the %s engine', (kind) => {
  const tolerance = TOLERANCE[kind];
  let engine: Engine;
  beforeAll(async () => {
    engine = await OPEN[kind]();
  });

  describe.each(GOLDEN_NAMES)('repeats the Keras run "%s"', (name) => {
    const golden = goldenRun(name);
    const losses: number[] = [];
    let trainer: Trainer;
    let final: NamedTensors;
    let evaluation: Evaluation;

    beforeAll(async () => {
      const { model, optimizer, batchSize, pool } = golden;
      trainer = await engine.trainer({ ...PLAIN, model, optimizer, batchSize, pool });
      await trainer.setWeights(golden.init);
      for (let step = 0; step < golden.losses.length; step++) {
        const indices = range(step * batchSize, batchSize);
        const [batch] = await trainer.train([{ indices, step, learningRate: optimizer.learningRate }]);
        losses.push((batch?.loss ?? Number.NaN) / batchSize);
      }
      final = await trainer.state();
      evaluation = await trainer.evaluate(range(0, pool.labels.length));
      return () => trainer.dispose();
    });

    it('loss by loss', () => {
      for (const [step, loss] of losses.entries()) {
        const keras = golden.losses[step] as number;
        expect(Math.abs(loss / keras - 1), `step ${step}`).toBeLessThan(tolerance);
      }
    });

    it('to the same last weights and moving statistics', () => {
      for (const [weight, { data }] of golden.final) {
        expect(distance(final.get(weight)?.data ?? [], data), weight).toBeLessThan(tolerance);
      }
    });

    it('to the same predictions and evaluation', async () => {
      expect(distance(evaluation.probabilities, golden.predictions)).toBeLessThan(tolerance);
      expect(Math.abs(evaluation.loss / golden.evaluation.loss - 1)).toBeLessThan(tolerance);
      expect(evaluation.accuracy).toBeCloseTo(golden.evaluation.accuracy, 6);
      const predicted = await trainer.predict(golden.pool.images);
      expect(distance(predicted, evaluation.probabilities)).toBeLessThan(1e-6);
    });
  });
});
