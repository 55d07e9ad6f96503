import { readFileSync } from 'node:fs';
import type { TransformParameters } from '../../src/augment/parameters.js';

/** Eight images through Keras 3.15's and keras-preprocessing 1.1.2's own functions, with the parameters drawn there. */
interface GoldenImage {
  readonly seed: number;
  readonly params: TransformParameters;
  /** [28, 28] float32 in [0, 1], base64; so are the outputs. */
  readonly x: string;
  readonly modern: string;
  readonly legacy: string;
}

export const GOLDEN_AUGMENT: readonly GoldenImage[] = JSON.parse(
  readFileSync(new URL('../fixtures/augment.json', import.meta.url), 'utf8'),
);

export function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
