import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, EngineKind, Trainer } from '../../src/engine/engine.js';
import { type NamedTensors, readAll, sourceOf } from '../../src/model/tensors.js';
import { distance, OPEN, PLAIN, range } from './engines.js';
import { GOLDEN_NAMES, goldenRun } from './golden.js';

export interface GoldenOptions {
  /** How near to Keras: losses relatively, weights and probabilities absolutely. */
  readonly tolerance: number;
  /** Images evaluated and predicted, all 256 if left out; Keras' evaluation is compared only then. */
  readonly images?: number;
}

/** Tests that an engine repeats Keras' golden runs. */
export function repeatsGoldenRuns(kind: EngineKind, { tolerance, images = 256 }: GoldenOptions): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await OPEN[kind]();
  });

  describe.each(GOLDEN_NAMES)('repeats the Keras run "%s"', (name) => {
    const golden = goldenRun(name);
    const { model, optimizer, batchSize, pool } = golden;
    const losses: number[] = [];
    let trainer: Trainer;
    let final: NamedTensors;

    beforeAll(async () => {
      trainer = await engine.trainer({ ...PLAIN, model, optimizer, batchSize, pool });
      await trainer.setWeights(sourceOf(golden.init));
      for (let step = 0; step < golden.losses.length; step++) {
        const indices = range(step * batchSize, batchSize);
        const [batch] = await trainer.train([{ indices, step, learningRate: optimizer.learningRate }]);
        losses.push((batch?.loss ?? Number.NaN) / batchSize);
      }
      final = await readAll(trainer.state());
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
      await trainer.setWeights(sourceOf(golden.final));
      const evaluation = await trainer.evaluate(range(0, images));
      const keras = golden.predictions.subarray(0, images * model.classes);
      expect(distance(evaluation.probabilities, keras)).toBeLessThan(tolerance);
      if (images === pool.labels.length) {
        expect(Math.abs(evaluation.loss / golden.evaluation.loss - 1)).toBeLessThan(tolerance);
        expect(evaluation.accuracy).toBeCloseTo(golden.evaluation.accuracy, 6);
      }
      const predicted = await trainer.predict(pool.images.subarray(0, images * 28 * 28));
      expect(distance(predicted, evaluation.probabilities)).toBeLessThan(1e-6);
    });
  });
}
