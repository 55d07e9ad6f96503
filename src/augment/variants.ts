import { seededRandom } from '../random.js';
import { kerasAffine, setTransform, TRANSFORM_LENGTH } from './matrix.js';
import { drawParameters, type TransformParameters } from './parameters.js';
import type { AugmentationRanges, ImageSize } from './ranges.js';
import { sampleImage } from './sample.js';

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
  return Array.from({ length: count }, () => {
    const parameters = drawParameters(random, ranges, size);
    const transforms = new Float32Array(TRANSFORM_LENGTH);
    setTransform(transforms, 0, kerasAffine(parameters, size, ranges.legacy));
    const pixels = new Uint8Array(image.length);
    sampleImage(image, 0, { transforms, at: 0 }, pixels, 0, size, 0.5);
    return { parameters, pixels };
  });
}
