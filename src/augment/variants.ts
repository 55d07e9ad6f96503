import { seededRandom } from '../random.js';
import { kerasAffine, setTransform, TRANSFORM_LENGTH } from './matrix.js';
import { drawParameters, type TransformParameters } from './parameters.js';
import type { AugmentationRanges, ImageSize } from './ranges.js';
import { transformImages } from './transform.js';

export interface Variant {
  readonly parameters: TransformParameters;
  /** [H, W] bytes. */
  readonly pixels: Uint8Array;
}

/** What augmentation may make of one image, [H, W] bytes. The first variants of more are those of fewer. */
export function drawVariants(
  image: Uint8Array,
  count: number,
  ranges: AugmentationRanges,
  size: ImageSize,
  seed: number,
): Variant[] {
  const random = seededRandom(seed, 'variants');
  const pixels = Float32Array.from(image);
  return Array.from({ length: count }, () => {
    const parameters = drawParameters(random, ranges, size);
    const transform = new Float32Array(TRANSFORM_LENGTH);
    setTransform(transform, 0, kerasAffine(parameters, size, ranges.legacy));
    return { parameters, pixels: Uint8Array.from(transformImages(pixels, transform, size), Math.round) };
  });
}
