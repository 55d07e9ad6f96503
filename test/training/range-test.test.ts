import { beforeAll, expect, it } from 'vitest';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { prepareData } from '../../src/training/loop/pool.js';
import { epochPlan, trainerSpec } from '../../src/training/loop/trainer-spec.js';
import { type RangePoint, rangeTest, suggestRate } from '../../src/training/range-test.js';
import { nativeBinding, nativeEngine } from '../helpers/engine.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { fewTestImages, settings } from '../helpers/training-run.js';

beforeAll(nativeBinding);

const curve = (losses: readonly number[], factor = 10) =>
  losses.map((loss, i) => ({ learningRate: 1e-4 * factor ** i, loss, smoothed: loss }));
/** Where the loss explodes the test ends before it. */
const TO = 10;

it('a rate that stays is suggested at a tenth of that of the least loss', () => {
  expect(suggestRate(curve([2.3, 1.5, 0.9, 4]), 'rate', TO)).toEqual({ rate: 0.001 });
});

it('the peak of one cycle is suggested where the loss was least, and lower where it explodes soon after', () => {
  expect(suggestRate(curve([2.3, 0.9, 0.95, 0.98, 4]), 'peak', TO)).toEqual({ rate: 0.001 });
  expect(suggestRate(curve([2.3, 1.5, 0.9, 4]), 'peak', TO)).toEqual({ rate: 0.0033 });
  // It became infinite right behind its least.
  expect(suggestRate(curve([2.3, 1.5, 0.9]), 'peak', TO)).toEqual({ rate: 0.0033 });
});

it('a lower --from is asked for where the loss never fell, and where the suggestion would lie below', () => {
  expect(suggestRate(curve([2.3, 2.4, 3, 9]), 'rate', TO)).toEqual({ widen: 'from' });
  expect(suggestRate([], 'rate', TO)).toEqual({ widen: 'from' });
  expect(suggestRate(curve([2.3, 2.2, 3, 9]), 'peak', TO)).toEqual({ widen: 'from' });
  expect(suggestRate(curve([2.3, 1.5, 0.9, 4], 3), 'rate', TO)).toEqual({ widen: 'from' });
});

it('a higher --to is asked for where the loss still fell there, or had only wobbled', () => {
  expect(suggestRate(curve([2.3, 1.5, 0.9]), 'rate', 0.01)).toEqual({ widen: 'to' });
  expect(suggestRate(curve([2.3, 2.25, 2.32]), 'rate', 0.01)).toEqual({ widen: 'to' });
});

it('trains while the rate rises exponentially, smooths the loss without bias to its beginning, and ends where it explodes', async () => {
  const run = settings({ optimizer: { type: 'sgd' } });
  const dataset = await fewTestImages();
  const [engine, data] = [await nativeEngine(), await prepareData(dataset, run)];
  const model = buildModel(run.config, FASHION_MNIST);
  const plan = epochPlan(run, data, dataset.spec.imageShape, engine.info);
  const test = async (to: number, steps: number) => {
    const trainer = await engine.trainer(trainerSpec(run, model, data, engine.info));
    await trainer.setWeights(initialWeights(model, 7));
    const points: RangePoint[] = [];
    for await (const point of rangeTest({ trainer, plan, from: 1e-3, to, steps })) points.push(point);
    trainer.dispose();
    return points;
  };
  const points = await test(1e-1, 7);
  for (const [i, { learningRate, smoothed }] of points.entries()) {
    expect(learningRate).toBeCloseTo(10 ** (i / 3 - 3), 9);
    // The newest loss weighs most, each one before it 0.95 of that.
    const weights = Array.from({ length: i + 1 }, (_, j) => 0.95 ** (i - j));
    const sum = weights.reduce((total, weight, j) => total + weight * (points[j]?.loss ?? 0), 0);
    expect(smoothed).toBeCloseTo(sum / weights.reduce((a, b) => a + b), 9);
  }
  expect(points).toHaveLength(7);
  const hot = await test(1e6, 100);
  expect(hot.length).toBeLessThan(90);
  expect(hot.every(({ loss }) => Number.isFinite(loss))).toBe(true);
});
