import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadDataset } from '../../src/data/dataset.js';
import { synthetic } from '../../src/datasets/synthetic.js';

test('the synthetic set is the same each time, says what it is, and its classes can be told apart', async () => {
  const data = await loadDataset({ dataset: synthetic });
  const again = await loadDataset({ dataset: synthetic });
  expect(data.spec.kind).toBe('synthetic');
  expect(data.source).toMatch(/synthetic/);
  expect(hash(data.train.images)).toBe(hash(again.train.images));
  expect(data.train.images.length).toBe(784 * data.train.labels.length);
  expect(new Set(data.train.labels).size).toBe(10);

  // The class whose mean training image is nearest is right far more often than one time in ten.
  const means = Array.from({ length: 10 }, (_, label) => meanImage(data.train, label));
  let right = 0;
  data.test.labels.forEach((label, i) => {
    const image = data.test.images.subarray(i * 784, (i + 1) * 784);
    const scores = means.map((mean) => correlation(image, mean));
    if (scores.indexOf(Math.max(...scores)) === label) right++;
  });
  expect(right / data.test.labels.length).toBeGreaterThan(0.7);
});

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function meanImage({ images, labels }: { images: Uint8Array; labels: Uint8Array }, label: number): Float64Array {
  const sum = new Float64Array(784);
  labels.forEach((found, i) => {
    if (found !== label) return;
    for (let p = 0; p < 784; p++) sum[p] = (sum[p] ?? 0) + (images[i * 784 + p] ?? 0);
  });
  return sum;
}

function correlation(a: Uint8Array, b: Float64Array): number {
  const mean = (v: Iterable<number>) => [...v].reduce((sum, x) => sum + x, 0) / 784;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [(a[i] ?? 0) - ma, (b[i] ?? 0) - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}
