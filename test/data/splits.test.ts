import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shuffled } from '../../src/data/shuffle.js';
import { type SplitRequest, splitPool, VALIDATION_MODES } from '../../src/data/splits.js';
import { UsageError } from '../../src/errors.js';

const BOOK: SplitRequest = {
  trainCount: 60_000,
  testCount: 10_000,
  augmented: 30_000,
  validationSplit: 0.25,
  mode: 'honest',
};

describe('honest validation', () => {
  test('splits the originals first and trains on the rest with all copies', () => {
    const split = splitPool(BOOK);
    expect(split.train.length).toBe(75_000);
    expect(split.validation.length).toBe(15_000);
    expect(split.validation[0]).toBe(45_000);
    expect(split.validation.at(-1)).toBe(59_999);
    expect(split.copiesFrom).toBe(45_000);
    expect(split.test[0]).toBe(90_000);
    expect(split.test.length).toBe(10_000);
  });

  test('without augmentation an epoch is 1,407 batches of 32', () => {
    expect(Math.ceil(splitPool({ ...BOOK, augmented: 0 }).train.length / 32)).toBe(1_407);
  });
});

describe("the book's protocol", () => {
  test('holds out the last quarter of 90,000: 67,500 and 22,500, 2,110 batches of 32', () => {
    const split = splitPool({ ...BOOK, mode: 'keras' });
    expect(split.train.length).toBe(67_500);
    expect(split.validation.length).toBe(22_500);
    expect(split.validation[0]).toBe(67_500);
    expect(split.copiesFrom).toBe(60_000);
    expect(Math.ceil(split.train.length / 32)).toBe(2_110);
  });

  test('without augmentation it holds out the same images as the honest split', () => {
    const honest = splitPool({ ...BOOK, augmented: 0 });
    expect(splitPool({ ...BOOK, augmented: 0, mode: 'keras' })).toEqual({ ...honest, copiesFrom: 60_000 });
  });
});

test('--validation none and a split of 0 train on everything', () => {
  for (const request of [
    { ...BOOK, mode: 'none' as const },
    { ...BOOK, validationSplit: 0 },
  ]) {
    const split = splitPool(request);
    expect(split.train.length).toBe(90_000);
    expect(split.validation.length).toBe(0);
    expect(split.copiesFrom).toBe(60_000);
  }
});

test('--limit uses the first images only', () => {
  const split = splitPool({ ...BOOK, limit: 2_000, augmented: 100 });
  expect(split.originals).toBe(2_000);
  expect(split.train.length).toBe(1_600);
  expect(split.validation[0]).toBe(1_500);
  expect(split.test[0]).toBe(2_100);
  expect(splitPool({ ...BOOK, limit: 1_000_000 }).originals).toBe(60_000);
});

test.each([
  { ...BOOK, limit: 0 },
  { ...BOOK, limit: 1.5 },
  { ...BOOK, limit: Number.NaN },
  { ...BOOK, limit: 1 },
  { ...BOOK, validationSplit: 1 },
  { ...BOOK, validationSplit: -0.1 },
  { ...BOOK, validationSplit: Number.NaN },
  { ...BOOK, augmented: -1 },
  { ...BOOK, limit: 3, validationSplit: 1e-17 },
])('a split that cannot be made is a usage error: %o', (request) => {
  expect(() => splitPool(request)).toThrow(UsageError);
});

test('whatever is asked: no image has two jobs, none is lost, and honest validation never shares an original', () => {
  const requests = fc.record({
    trainCount: fc.integer({ min: 1, max: 300 }),
    testCount: fc.integer({ min: 0, max: 50 }),
    limit: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    augmented: fc.integer({ min: 0, max: 100 }),
    validationSplit: fc.double({ min: 0, max: 0.999, noNaN: true }),
    mode: fc.constantFrom(...VALIDATION_MODES),
  });
  fc.assert(
    fc.property(requests, (request) => {
      const split = attempt(request);
      if (split === undefined) return;
      const everything = [...split.train, ...split.validation, ...split.test].sort((a, b) => a - b);
      expect(everything).toEqual(everything.map((_, i) => i));
      expect(everything.length).toBe(split.originals + split.augmented + request.testCount);
      expect(split.train.length).toBeGreaterThan(0);
      if (request.mode === 'honest')
        expect(split.validation.every((i) => i >= split.copiesFrom && i < split.originals)).toBe(true);
    }),
  );
});

function attempt(request: SplitRequest) {
  try {
    return splitPool(request);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return undefined;
  }
}

describe('shuffling', () => {
  const indices = splitPool({ ...BOOK, limit: 4_000, augmented: 0 }).train;

  test('an epoch sees every image once, in an order that is its own and the same each time', () => {
    const first = shuffled(indices, 42, 1);
    expect(first.toSorted()).toEqual(indices);
    expect(first).not.toEqual(indices);
    expect(shuffled(indices, 42, 1)).toEqual(first);
    expect(shuffled(indices, 42, 2)).not.toEqual(first);
    expect(shuffled(indices, 43, 1)).not.toEqual(first);
  });
});
