import { beforeAll, expect, test } from 'vitest';
import { makeCopies } from '../../src/augment/copies.js';
import { kerasAffine, setTransform } from '../../src/augment/matrix.js';
import { DEFAULT_AUGMENTATION } from '../../src/augment/ranges.js';
import { transformImages } from '../../src/augment/transform.js';
import type { Engine } from '../../src/engine/engine.js';
import { nativeEngine } from '../helpers/engine.js';
import { distance } from '../helpers/engines.js';
import { floats, GOLDEN_AUGMENT } from '../helpers/golden-augment.js';
import { realDataset } from '../helpers/real-data.js';

const SIZE = { height: 28, width: 28 };

let engine: Engine;
beforeAll(async () => {
  engine = await nativeEngine();
  return () => engine.dispose();
});

test.each(['modern', 'legacy'] as const)("TensorFlow's own transform gives Keras' images (%s)", async (kind) => {
  const transforms = new Float32Array(GOLDEN_AUGMENT.length * 8);
  for (const [i, { params }] of GOLDEN_AUGMENT.entries()) {
    setTransform(transforms, i, kerasAffine(params, SIZE, kind === 'legacy'));
  }
  const images = new Float32Array(GOLDEN_AUGMENT.flatMap(({ x }) => [...floats(x)]));
  const expected = GOLDEN_AUGMENT.flatMap((image) => [...floats(image[kind])]);
  expect(distance(await engine.transform(images, transforms), expected)).toBeLessThan(1e-5);
});

test('every engine makes the same copies of the real images, but for the rounding of a pixel here and there', async () => {
  const { train } = await realDataset();
  const request = { ...train, from: 45_000, count: 3_000, ranges: DEFAULT_AUGMENTATION, size: SIZE, seed: 42 };
  const native = await makeCopies({ ...request, transform: (images, rows) => engine.transform(images, rows) });
  const plain = await makeCopies({ ...request, transform: (images, rows) => transformImages(images, rows, SIZE) });
  expect(native.labels).toEqual(plain.labels);
  expect(distance(native.images, plain.images)).toBeLessThanOrEqual(1);
  const differing = native.images.filter((value, i) => value !== plain.images[i]).length;
  expect(differing / native.images.length).toBeLessThan(1e-3);
});
