import { expect, it } from 'vitest';
import { TTA, VIEWS, viewImages } from '../../src/augment/views.js';

/** Two images of two channels, each value of its own. */
const SHAPE = [3, 4, 2] as const;
const IMAGES = Uint8Array.from({ length: 48 }, (_, i) => i);
const at = (images: Uint8Array, image: number, row: number, column: number) =>
  [...images.subarray(image * 24 + (row * 4 + column) * 2)].slice(0, 2);

it.each(TTA)('%s starts with the image as it is, and its weights are all of it', (tta) => {
  const [first, ...others] = VIEWS[tta];
  expect(first && viewImages(IMAGES, first, SHAPE)).toEqual(IMAGES);
  expect([first, ...others].reduce((sum, view) => sum + (view?.weight ?? 0), 0)).toBe(1);
});

it('mirrors left and right, and shifts by a pixel, continuing the edge', () => {
  const mirror = viewImages(IMAGES, { weight: 1, shift: 0, mirror: true }, SHAPE);
  const right = viewImages(IMAGES, { weight: 1, shift: 1, mirror: false }, SHAPE);
  const left = viewImages(IMAGES, { weight: 1, shift: -1, mirror: true }, SHAPE);
  for (const image of [0, 1]) {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        expect(at(mirror, image, row, column)).toEqual(at(IMAGES, image, row, 3 - column));
        expect(at(right, image, row, column)).toEqual(at(IMAGES, image, Math.max(0, row - 1), Math.max(0, column - 1)));
        const [down, across] = [Math.min(2, row + 1), Math.min(3, 3 - column + 1)];
        expect(at(left, image, row, column)).toEqual(at(IMAGES, image, down, across));
      }
    }
  }
});
