import { expect, test } from 'vitest';
import { type CopyRequest, makeCopies, planCopies } from '../../src/augment/copies.js';
import { DEFAULT_AUGMENTATION } from '../../src/augment/ranges.js';
import { drawSynthetic } from '../../src/data/synthetic.js';
import { synthetic } from '../../src/datasets/synthetic.js';

const SIZE = { height: 28, width: 28 };
const { train } = drawSynthetic(synthetic);
const request: CopyRequest = {
  ...train,
  from: 1_500,
  count: 3_000,
  ranges: DEFAULT_AUGMENTATION,
  shape: [28, 28, 1],
  seed: 7,
};

test('copies come from the allowed originals only, with their labels, each about equally often', async () => {
  const { originals, labels, images } = await makeCopies(request);
  expect(images.length).toBe(3_000 * 784);
  expect(Math.max(...originals)).toBeLessThan(1_500);
  originals.forEach((original, i) => {
    expect(labels[i]).toBe(train.labels[original]);
  });
  // Drawn with replacement: about 1,500 · (1 − e⁻²) different ones.
  expect(new Set(originals).size).toBeGreaterThan(1_230);
  expect(new Set(originals).size).toBeLessThan(1_370);
});

test('the same seed gives the same bytes, another seed others', async () => {
  const first = await makeCopies(request);
  const again = await makeCopies(request);
  const other = await makeCopies({ ...request, seed: 8 });
  expect(Buffer.compare(first.images, again.images)).toBe(0);
  expect(Buffer.compare(first.images, other.images)).not.toBe(0);
});

test('fewer copies are the first ones of more', () => {
  const few = planCopies(10, 1_500, DEFAULT_AUGMENTATION, SIZE, 7);
  const many = planCopies(500, 1_500, DEFAULT_AUGMENTATION, SIZE, 7);
  expect(many.originals.slice(0, 10)).toEqual(few.originals);
  expect(many.transforms.slice(0, 80)).toEqual(few.transforms);
});

test('copies without any range are their originals, or their mirror images when flipping is on', async () => {
  const still = {
    ...DEFAULT_AUGMENTATION,
    rotationRange: 0,
    zoomRange: 0,
    shearRange: 0,
    widthShiftRange: 0,
    heightShiftRange: 0,
  };
  const { images, originals } = await makeCopies({ ...request, count: 200, ranges: still });
  const mirrored = { kept: 0, flipped: 0 };
  originals.forEach((original, i) => {
    const copy = [...images.subarray(i * 784, (i + 1) * 784)];
    const source = [...train.images.subarray(original * 784, (original + 1) * 784)];
    const mirror = source.map((_, at) => source[at - (at % 28) + 27 - (at % 28)]);
    if (copy.every((value, at) => value === source[at])) mirrored.kept++;
    else if (copy.every((value, at) => value === mirror[at])) mirrored.flipped++;
  });
  expect(mirrored.kept + mirrored.flipped).toBe(200);
  expect(Math.min(mirrored.kept, mirrored.flipped)).toBeGreaterThan(60);
});

test('progress is told up to the last copy', async () => {
  const told: number[] = [];
  await makeCopies({ ...request, onProgress: (done) => told.push(done) });
  expect(told).toEqual([2_048, 3_000]);
});
