import { describe, expect, test } from 'vitest';
import { kerasAffine, setTransform } from '../../src/augment/matrix.js';
import { transformImages } from '../../src/augment/transform.js';
import { distance } from '../helpers/engines.js';
import { floats, GOLDEN_AUGMENT } from '../helpers/golden-augment.js';

const SIZE = { height: 28, width: 28 };

describe.each(['modern', 'legacy'] as const)('augmentation computes what Keras does (%s)', (kind) => {
  test.each(GOLDEN_AUGMENT)('image of seed $seed', ({ params, x, ...outputs }) => {
    const transforms = new Float32Array(8);
    setTransform(transforms, 0, kerasAffine(params, SIZE, kind === 'legacy'));
    expect(distance(transformImages(floats(x), transforms, [28, 28, 1]), floats(outputs[kind]))).toBeLessThan(1e-5);
  });
});
