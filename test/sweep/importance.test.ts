import { expect, it } from 'vitest';
import { importances } from '../../src/sweep/importance.js';

/** Four trials; two share a score. */
const trials = (values: readonly unknown[]) =>
  [0.1, 0.2, 0.2, 0.4].map((score, i) => ({ parameters: { it: values[i] }, score }));

it.each<[string, unknown[], number]>([
  // Ranks 1 3 2 4 and 1 2.5 2.5 4: 4.5 / √(5 · 4.5)
  ['a number by its rank correlation, whatever its scale', [0.001, 1, 0.01, 1000], 0.949],
  ['a falling one as much as a rising one', [1000, 1, 100, 0.1], 0.949],
  // Groups of mean rank 1 and 3: √(3 / 4.5)
  ['other values by the spread of ranks between them', ['a', 'b', 'b', 'b'], 0.816],
  ['what is always the same not at all', [32, 32, 32, 32], 0],
])('what mattered: %s', (_, values, expected) => {
  expect(importances(trials(values))).toEqual({ it: expected });
});

it('what mattered cannot be told from three trials', () => {
  expect(importances(trials([1, 2, 3, 4]).slice(1))).toEqual({});
});
