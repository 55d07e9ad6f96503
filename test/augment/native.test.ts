import { beforeAll, expect, test } from 'vitest';
import { makeCopies, planCopies } from '../../src/augment/copies.js';
import { kerasAffine, setTransform } from '../../src/augment/matrix.js';
import { DEFAULT_AUGMENTATION } from '../../src/augment/ranges.js';
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

test("copies of the real images are TensorFlow's own, rounded to bytes", async () => {
  const { train } = await realDataset();
  const { images } = train;
  const copies = await makeCopies({
    ...train,
    from: 45_000,
    count: 3_000,
    ranges: DEFAULT_AUGMENTATION,
    size: SIZE,
    seed: 42,
  });
  const plan = planCopies(3_000, 45_000, DEFAULT_AUGMENTATION, SIZE, 42);
  const originals = [...plan.originals].flatMap((i) => [...images.subarray(i * 784, (i + 1) * 784)]);
  const unrounded = await engine.transform(new Float32Array(originals), plan.transforms);
  // Half for the rounding, and a little for float32 coordinates.
  expect(distance(copies.images, unrounded)).toBeLessThan(0.5 + 255 * 1e-5);
});
