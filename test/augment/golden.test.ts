import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kerasAffine, setTransform } from '../../src/augment/matrix.js';
import type { TransformParameters } from '../../src/augment/parameters.js';
import { transformImages } from '../../src/augment/transform.js';

/** Eight images through Keras 3.15's and keras-preprocessing 1.1.2's own functions, with the parameters drawn there. */
interface GoldenImage {
  readonly seed: number;
  readonly params: TransformParameters;
  readonly x: string;
  readonly modern: string;
  readonly legacy: string;
}
const fixture: readonly GoldenImage[] = JSON.parse(
  readFileSync(new URL('../fixtures/augment.json', import.meta.url), 'utf8'),
);
const SIZE = { height: 28, width: 28 };

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

describe.each(['modern', 'legacy'] as const)('augmentation computes what Keras does (%s)', (kind) => {
  test.each(fixture)('image of seed $seed', ({ params, x, ...outputs }) => {
    const transforms = new Float32Array(8);
    setTransform(transforms, 0, kerasAffine(params, SIZE, kind === 'legacy'));
    const output = transformImages(floats(x), transforms, SIZE);
    const expected = floats(outputs[kind]);
    expect(expected.length).toBe(784);
    let worst = 0;
    expected.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - (output[i] ?? Number.NaN)));
    });
    expect(worst).toBeLessThan(1e-5);
  });
});
