import { expect, it } from 'vitest';
import { suggestRate } from '../../src/training/range-test.js';

const curve = (losses: readonly number[]) =>
  losses.map((loss, i) => ({ learningRate: 10 ** (i - 4), loss, smoothed: loss }));

it('a rate that stays is suggested at a tenth of that of the least loss', () => {
  expect(suggestRate(curve([2.3, 1.5, 0.9, 4]), 'rate')).toBe(0.001);
});

it('the peak of one cycle is suggested where the loss was least, and lower where it explodes soon after', () => {
  expect(suggestRate(curve([2.3, 0.9, 0.95, 0.98, 4]), 'peak')).toBe(0.001);
  expect(suggestRate(curve([2.3, 1.5, 0.9, 4]), 'peak')).toBe(0.0033);
});

it('no rate is suggested where the loss never fell', () => {
  expect(suggestRate(curve([2.3, 2.4]), 'rate')).toBeUndefined();
  expect(suggestRate([], 'rate')).toBeUndefined();
});
