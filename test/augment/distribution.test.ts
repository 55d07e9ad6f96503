import { describe, expect, test } from 'vitest';
import { drawParameters, type TransformParameters } from '../../src/augment/parameters.js';
import { DEFAULT_AUGMENTATION } from '../../src/augment/ranges.js';
import { seededRandom } from '../../src/random.js';

const DRAWS = 30_000;
const SIZE = { height: 28, width: 28 };
const random = seededRandom(42, 'distribution');
const drawn = Array.from({ length: DRAWS }, () => drawParameters(random, DEFAULT_AUGMENTATION, SIZE));

/** Largest distance between the sample's distribution function and that of U(low, high) (Kolmogorov–Smirnov). */
function distanceFromUniform(values: readonly number[], low: number, high: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((value, i) => Math.abs((value - low) / (high - low) - (i + 0.5) / sorted.length)));
}

/** Of 1,000 good samples one is farther off than this. */
const CRITICAL = 1.95 / Math.sqrt(DRAWS);

describe('30,000 draws follow the ranges that were asked for', () => {
  const expected: readonly [
    keyof TransformParameters & ('theta' | 'tx' | 'ty' | 'shear' | 'zx' | 'zy'),
    number,
    number,
  ][] = [
    ['theta', -10, 10],
    ['tx', -2.8, 2.8],
    ['ty', -2.8, 2.8],
    ['shear', -0.5, 0.5],
    ['zx', 0.9, 1.1],
    ['zy', 0.9, 1.1],
  ];
  test.each(expected)('%s is uniform in [%f, %f)', (name, low, high) => {
    const values = drawn.map((p) => p[name]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(distanceFromUniform(values, low, high)).toBeLessThan(CRITICAL);
  });

  test('half of the images are mirrored', () => {
    const share = drawn.filter((p) => p.flip).length / DRAWS;
    expect(Math.abs(share - 0.5)).toBeLessThan((3.3 * 0.5) / Math.sqrt(DRAWS));
  });

  test.each(expected.flatMap(([a], i) => expected.slice(i + 1).map(([b]) => [a, b] as const)))(
    '%s and %s are drawn independently',
    (a, b) => {
      expect(
        Math.abs(
          correlation(
            drawn.map((p) => p[a]),
            drawn.map((p) => p[b]),
          ),
        ),
      ).toBeLessThan(4 / Math.sqrt(DRAWS));
    },
  );

  test('without ranges nothing changes', () => {
    const still = drawParameters(
      random,
      {
        ...DEFAULT_AUGMENTATION,
        rotationRange: 0,
        zoomRange: 0,
        shearRange: 0,
        widthShiftRange: 0,
        heightShiftRange: 0,
        horizontalFlip: false,
      },
      SIZE,
    );
    expect(still).toMatchObject({ theta: 0, tx: 0, ty: 0, shear: 0, zx: 1, zy: 1, flip: false });
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = mean(a.map((v, i) => (v - ma) * ((b[i] ?? 0) - mb)));
  return covariance / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)));
}
