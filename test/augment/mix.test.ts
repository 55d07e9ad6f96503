import { describe, expect, it } from 'vitest';
import { drawMix } from '../../src/augment/mix.js';

const SIZE = { height: 28, width: 20 };
const BATCH = 8;
const STEPS = 4000;

/** The draws of many steps. */
function draws(options: Parameters<typeof drawMix>[0]) {
  return Array.from({ length: STEPS }, (_, step) => {
    const { partners, boxes, shares } = drawMix(options, BATCH, SIZE, 3, 1, step);
    const [top = 0, left = 0, bottom = 0, right = 0] = boxes;
    return { partners, boxes, shares, box: { top, left, bottom, right }, area: (bottom - top) * (right - left) };
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('mixing', () => {
  it('draws the same for a step whenever it is drawn, and otherwise for others', () => {
    const draw = (seed: number, epoch: number, step: number) =>
      drawMix({ mixup: { alpha: 1, probability: 1 } }, BATCH, SIZE, seed, epoch, step);
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
    for (const other of [draw(1, 2, 4), draw(1, 3, 3), draw(2, 2, 3)]) expect(other).not.toEqual(draw(1, 2, 3));
  });

  it.each([0.2, 1, 4])('takes the shares of mixup from Beta(%s, same), for the whole image and its target', (alpha) => {
    const drawn = draws({ mixup: { alpha, probability: 1 } });
    for (const { box, shares, partners } of drawn) {
      expect(box).toEqual({ top: 0, left: 0, bottom: 28, right: 20 });
      expect(new Set(shares).size).toBe(1);
      expect([...partners].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
    const shares = drawn.map(({ shares: [share = 0] }) => share);
    expect(mean(shares)).toBeCloseTo(0.5, 1);
    expect(mean(shares.map((share) => (share - 0.5) ** 2))).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
  });

  it('puts a rectangle inside the image, and leaves the target the share of what is left', () => {
    const drawn = draws({ cutmix: { alpha: 1, probability: 1 } });
    for (const { box, area, shares } of drawn) {
      expect(box.top >= 0 && box.left >= 0 && box.bottom <= 28 && box.right <= 20 && area >= 0).toBe(true);
      expect(shares[0]).toBe(0);
      expect(shares[1]).toBeCloseTo(1 - area / 560, 6);
    }
    expect(Math.max(...drawn.map(({ area }) => area))).toBeGreaterThan(450);
  });

  it('spares the share of batches that it is asked to, and takes either way where both are set', () => {
    const spared = draws({ mixup: { alpha: 1, probability: 0.25 } }).filter(({ area }) => area === 0);
    expect(spared.length / STEPS).toBeCloseTo(0.75, 1);
    for (const { shares } of spared) expect(new Set(shares)).toEqual(new Set([1]));
    const options = { alpha: 1, probability: 1 };
    const cut = draws({ mixup: options, cutmix: options }).filter(({ shares }) => shares[0] === 0);
    expect(cut.length / STEPS).toBeCloseTo(0.5, 1);
  });
});
