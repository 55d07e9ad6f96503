import { expect, test } from 'vitest';
import type { RunStart } from '../../../src/training/contracts/events.js';
import { Forecast } from '../../../src/ui/dashboard/forecast.js';
import { epochEnd, runStart, stepEvent } from '../../helpers/events.js';

// 15,000 validation images, 10,000 test images, 100 steps an epoch of 10 ms each.
const SHAPE = { epochs: 3, steps: 100 };

/** A run in its second epoch whose first one took 1 s of steps, 3 s of validation and 2 s to save. */
function inSecondEpoch(step: number, start: Partial<RunStart> = {}) {
  const clock = { now: 0 };
  const forecast = new Forecast(() => clock.now);
  const at = (seconds: number, event: Parameters<Forecast['observe']>[0]) => {
    clock.now = seconds * 1000;
    forecast.observe(event);
  };
  at(0, { ...runStart(SHAPE), ...start });
  at(0, { event: 'epoch_start', epoch: 1, epochs: 3, steps: 100 });
  at(1, { ...stepEvent(1, 100, 100), msPerStep: 10 });
  at(2, { event: 'validation_progress', what: 'validation', done: 5000, total: 15_000 });
  at(4, { event: 'validation_progress', what: 'validation', done: 15_000, total: 15_000 });
  at(4, epochEnd(1, SHAPE));
  at(6, { event: 'epoch_start', epoch: 2, epochs: 3, steps: 100 });
  at(6.5, { ...stepEvent(2, step, 100), msPerStep: 10 });
  return { forecast, at };
}

test('the time left counts validation, checkpoints and the test, each as long as it took before', () => {
  const { forecast } = inSecondEpoch(50);
  // Half an epoch's steps; validation and saving twice; a whole epoch's steps; the test: 10,000 × 0.2 ms.
  expect(forecast.left(false)).toEqual({ epoch: 0.5, run: 0.5 + 2 * (3 + 2) + 1 + 2 });
});

test('a run that was asked to stop has only this epoch and the test left', () => {
  expect(inSecondEpoch(50).forecast.left(true)).toEqual({ epoch: 0.5, run: 0.5 + 3 + 2 + 2 });
});

test('test-time augmentation judges the test images once more for each changed copy', () => {
  const { forecast } = inSecondEpoch(50, { testPasses: 6 });
  expect(forecast.left(true)).toEqual({ epoch: 0.5, run: 0.5 + 3 + 2 + 6 * 2 });
});

test('validation and test count down', () => {
  const { forecast, at } = inSecondEpoch(100);
  at(7.5, { event: 'validation_progress', what: 'validation', done: 5000, total: 15_000 });
  expect(forecast.left(true)?.run).toBeCloseTo(2 + 2 + 2);
  at(9.5, { event: 'validation_progress', what: 'validation', done: 15_000, total: 15_000 });
  at(9.5, epochEnd(2, SHAPE));
  at(11.5, { event: 'checkpoint', kind: 'last', epoch: 3, step: 0, path: 'last' });
  at(12, { event: 'validation_progress', what: 'test', done: 2500, total: 10_000 });
  expect(forecast.left(true)?.run).toBeCloseTo(1.5);
});

test('before anything was validated, an image is taken to need a third of its part of a step', () => {
  const forecast = new Forecast(() => 0);
  forecast.observe(runStart({ epochs: 1, steps: 100 }));
  forecast.observe({ ...stepEvent(1, 100, 100), msPerStep: 96 });
  expect(forecast.left(false)?.run).toBeCloseTo((15_000 + 10_000) * 1e-3);
});
