import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawOnlineBatch, type OnlineAugmentation } from '../../src/augment/online.js';
import { transformImages } from '../../src/augment/transform.js';
import { range } from '../helpers/engines.js';

const SIZE = { height: 28, width: 28 };
const NOTHING: OnlineAugmentation = {
  horizontalFlip: false,
  widthShift: 0,
  heightShift: 0,
  rotation: 0,
  cropPadding: 0,
};
const EVERYTHING: OnlineAugmentation = {
  horizontalFlip: true,
  widthShift: 0.1,
  heightShift: 0.1,
  rotation: 10,
  cropPadding: 2,
  erase: { probability: 0.5, minArea: 0.02, maxArea: 0.3 },
};

/** An image in which every pixel says where it is. */
const RAMP = Float32Array.from({ length: 784 }, (_, i) => i);

function at(image: Float32Array, row: number, col: number): number | undefined {
  return image[row * 28 + col];
}

describe('fresh augmentation each epoch', () => {
  test('asked for nothing, it changes nothing', () => {
    const { transforms, erase } = drawOnlineBatch(NOTHING, range(0, 4), SIZE, 1, 1, 0);
    const images = new Float32Array([...RAMP, ...RAMP, ...RAMP, ...RAMP]);
    expect(transformImages(images, transforms, [28, 28, 1])).toEqual(images);
    expect(erase.every((n) => n === 0)).toBe(true);
  });

  test('a step draws the same whenever it is drawn; other steps, epochs and seeds draw otherwise', () => {
    const draw = (seed: number, epoch: number, step: number) =>
      drawOnlineBatch(EVERYTHING, range(0, 32), SIZE, seed, epoch, step);
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
    for (const other of [draw(1, 2, 4), draw(1, 3, 3), draw(2, 2, 3)]) expect(other).not.toEqual(draw(1, 2, 3));
  });

  test('alternating mirrors half of the images in an epoch, and each in every second one', () => {
    const indices = Int32Array.from({ length: 4000 }, (_, i) => 3 * i);
    const mirrored = (seed: number, epoch: number, step: number) => {
      const { transforms } = drawOnlineBatch(
        { ...NOTHING, horizontalFlip: 'alternating' },
        indices,
        SIZE,
        seed,
        epoch,
        step,
      );
      return Array.from(indices, (_, i) => transforms[8 * i] === -1);
    };
    const first = mirrored(1, 1, 0);
    expect(first.filter(Boolean).length / first.length).toBeCloseTo(0.5, 1);
    expect(mirrored(1, 2, 7)).toEqual(first.map((flip) => !flip));
    expect(mirrored(1, 3, 9)).toEqual(first);
    expect(mirrored(2, 1, 0)).not.toEqual(first);
  });

  test('crops move by whole pixels and continue the edge', () => {
    const { transforms } = drawOnlineBatch({ ...NOTHING, cropPadding: 3 }, range(0, 200), SIZE, 1, 1, 0);
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const t = transforms.subarray(i * 8, (i + 1) * 8);
      const right = Math.round(t[2] ?? Number.NaN);
      const down = Math.round(t[5] ?? Number.NaN);
      seen.add(`${right},${down}`);
      const output = transformImages(RAMP, t, [28, 28, 1]);
      const clamp = (n: number) => Math.min(27, Math.max(0, n));
      for (const [row, col] of [
        [0, 0],
        [5, 20],
        [27, 27],
      ] as const) {
        expect(at(output, row, col)).toBe(clamp(row + down) * 28 + clamp(col + right));
      }
    }
    expect(seen.size).toBeGreaterThan(45);
    expect(seen.size).toBeLessThanOrEqual(49);
  });

  test('height shifts move rows and width shifts move columns', () => {
    const down = drawOnlineBatch({ ...NOTHING, heightShift: 0.2 }, range(0, 50), SIZE, 1, 1, 0).transforms;
    const right = drawOnlineBatch({ ...NOTHING, widthShift: 0.2 }, range(0, 50), SIZE, 1, 1, 0).transforms;
    for (let i = 0; i < 50; i++) {
      expect(down[i * 8 + 2]).toBe(0);
      expect(Math.abs(down[i * 8 + 5] ?? 99)).toBeLessThanOrEqual(5.6);
      expect(right[i * 8 + 5]).toBe(0);
      expect(Math.abs(right[i * 8 + 2] ?? 99)).toBeLessThanOrEqual(5.6);
    }
  });

  test('rotation leaves the middle where it is', () => {
    const { transforms } = drawOnlineBatch(
      { ...NOTHING, rotation: 30, horizontalFlip: true },
      range(0, 50),
      SIZE,
      1,
      1,
      0,
    );
    for (let i = 0; i < 50; i++) {
      const [a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0] = transforms.subarray(i * 8);
      expect(a0 * 13.5 + a1 * 13.5 + a2).toBeCloseTo(13.5, 4);
      expect(a3 * 13.5 + a4 * 13.5 + a5).toBeCloseTo(13.5, 4);
    }
  });

  test('erased rectangles lie inside the image, cover about the area asked for, and spare the share asked for', () => {
    const { erase } = drawOnlineBatch(
      { ...NOTHING, erase: { probability: 0.25, minArea: 0.05, maxArea: 0.2 } },
      range(0, 20_000),
      SIZE,
      1,
      1,
      0,
    );
    let erased = 0;
    let area = 0;
    for (let i = 0; i < 20_000; i++) {
      const [top = -1, left = -1, bottom = -1, right = -1] = erase.subarray(i * 4, i * 4 + 4);
      if (bottom === 0) continue;
      erased++;
      area += (bottom - top) * (right - left);
      expect(top >= 0 && left >= 0 && bottom <= 28 && right <= 28 && bottom > top && right > left).toBe(true);
    }
    expect(erased / 20_000).toBeCloseTo(0.25, 1);
    expect(area / erased / 784).toBeGreaterThan(0.115);
    expect(area / erased / 784).toBeLessThan(0.135);
  });

  test('any areas and any image size give rectangles inside the image', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        (area, height, width, seed) => {
          const { erase } = drawOnlineBatch(
            { ...NOTHING, erase: { probability: 1, minArea: area, maxArea: 1 } },
            range(0, 5),
            { height, width },
            seed,
            1,
            0,
          );
          for (let i = 0; i < 5; i++) {
            const [top = -1, left = -1, bottom = -1, right = -1] = erase.subarray(i * 4, i * 4 + 4);
            expect(top >= 0 && left >= 0 && bottom <= height && right <= width && bottom > top && right > left).toBe(
              true,
            );
          }
        },
      ),
    );
  });
});
