import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibrationOf } from '../../src/report/calibration.js';
import { chooseGuesses } from '../../src/report/guesses.js';

/** Test results of images of `classes` classes, right about as often as chance has it. */
const predictions = fc.integer({ min: 2, max: 40 }).chain((classes) =>
  fc
    .array(fc.record({ label: fc.nat(classes - 1), top: fc.nat(classes - 1), sure: fc.float({ min: 0.5, max: 1 }) }), {
      minLength: 1,
      maxLength: 400,
    })
    .map((images) => ({
      labels: Uint8Array.from(images, ({ label }) => label),
      probabilities: Float32Array.from(
        images.flatMap(({ top, sure }) =>
          Array.from({ length: classes }, (_, c) => (c === top ? sure : (1 - sure) / (classes - 1) / 2)),
        ),
      ),
    })),
);

test('however many classes there are, a report shows no more pictures than it may, and some of every cell while it can', () => {
  fc.assert(
    fc.property(predictions, fc.integer({ min: 1, max: 200 }), (tested, most) => {
      const { cells } = chooseGuesses(tested, { mistakes: most, hits: most });
      for (const wrong of [true, false]) {
        const shown = cells.filter(({ actual, predicted }) => (actual !== predicted) === wrong);
        const sizes = shown.map(({ guesses }) => guesses.length);
        const pictures = sizes.reduce((sum, size) => sum + size, 0);
        expect(pictures).toBeLessThanOrEqual(most);
        const all = chooseGuesses(tested, { mistakes: 1e6, hits: 1e6 }).cells;
        const filled = all.filter(({ actual, predicted }) => (actual !== predicted) === wrong).length;
        expect(shown).toHaveLength(Math.min(most, filled));
      }
    }),
    { numRuns: 100 },
  );
});

test('a class shows its most confident mistakes first', () => {
  const { cells } = chooseGuesses(
    { labels: Uint8Array.of(0, 0, 1), probabilities: Float32Array.of(0.3, 0.7, 0.1, 0.9, 0.2, 0.8) },
    { mistakes: 9, hits: 9 },
  );
  expect(cells.map(({ guesses }) => guesses.map(({ index }) => index))).toEqual([[1, 0], [2]]);
});

test('probabilities that are not numbers count as unsure, so that a calibration error is still a number', () => {
  const { bins, expectedCalibrationError } = calibrationOf({
    labels: Uint8Array.of(1, 1),
    probabilities: Float32Array.of(Number.NaN, Number.NaN, 0.25, 0.75),
  });
  expect(bins.map(({ count, confidence, accuracy }) => [count, confidence, accuracy])).toEqual([
    [1, 0, 0],
    [1, 0.75, 1],
  ]);
  expect(expectedCalibrationError).toBeCloseTo(0.125);
});
