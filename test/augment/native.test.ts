import { beforeAll, expect, test } from 'vitest';
import { makeCopies, planCopies } from '../../src/augment/copies.js';
import { kerasAffine, setTransform } from '../../src/augment/matrix.js';
import { DEFAULT_AUGMENTATION } from '../../src/augment/ranges.js';
import { Graph } from '../../src/engine/graph/graph.js';
import { transformImages } from '../../src/engine/graph/images.js';
import { Session } from '../../src/engine/graph/session.js';
import type { TensorFlowBinding } from '../../src/engine/native/binding/binding.js';
import { nativeBinding } from '../helpers/engine.js';
import { distance } from '../helpers/engines.js';
import { floats, GOLDEN_AUGMENT } from '../helpers/golden-augment.js';
import { realDataset } from '../helpers/real-data.js';

const SIZE = { height: 28, width: 28 };

let binding: TensorFlowBinding;
beforeAll(async () => {
  binding = await nativeBinding();
});

/** What a training step does to its batch: [N, 28, 28, 1] float32 by [N, 8]. */
function transform(images: Float32Array, transforms: Float32Array): ArrayLike<number> {
  const graph = new Graph();
  const [x, rows] = [graph.placeholder('float', [-1, 28, 28, 1]), graph.placeholder('float', [-1, 8])];
  const output = transformImages(graph, x, rows);
  const session = new Session(binding, graph);
  const count = transforms.length / 8;
  const [values = []] = session.run(
    [
      [x, images, [count, 28, 28, 1]],
      [rows, transforms, [count, 8]],
    ],
    [output],
  );
  session.dispose();
  return values;
}

test.each(['modern', 'legacy'] as const)("TensorFlow's own transform gives Keras' images (%s)", async (kind) => {
  const transforms = new Float32Array(GOLDEN_AUGMENT.length * 8);
  for (const [i, { params }] of GOLDEN_AUGMENT.entries()) {
    setTransform(transforms, i, kerasAffine(params, SIZE, kind === 'legacy'));
  }
  const images = new Float32Array(GOLDEN_AUGMENT.flatMap(({ x }) => [...floats(x)]));
  const expected = GOLDEN_AUGMENT.flatMap((image) => [...floats(image[kind])]);
  expect(distance(transform(images, transforms), expected)).toBeLessThan(1e-5);
});

test("copies of the real images are TensorFlow's own, rounded to bytes", async () => {
  const { train } = await realDataset();
  const { images } = train;
  const copies = await makeCopies({
    ...train,
    from: 45_000,
    count: 3_000,
    ranges: DEFAULT_AUGMENTATION,
    shape: [28, 28, 1],
    seed: 42,
  });
  const plan = planCopies(3_000, 45_000, DEFAULT_AUGMENTATION, SIZE, 42);
  const originals = [...plan.originals].flatMap((i) => [...images.subarray(i * 784, (i + 1) * 784)]);
  const unrounded = transform(new Float32Array(originals), plan.transforms);
  // Half for the rounding, and a little for float32 coordinates.
  expect(distance(copies.images, unrounded)).toBeLessThan(0.5 + 255 * 1e-5);
});
