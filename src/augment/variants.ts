import type { Image } from '../image.js';
import { seededRandom } from '../random.js';
import { kerasAffine, setTransform, TRANSFORM_LENGTH } from './matrix.js';
import { drawParameters, type TransformParameters } from './parameters.js';
import type { AugmentationRanges } from './ranges.js';
import { sampleImage } from './sample.js';

export interface Variant {
  readonly parameters: TransformParameters;
  readonly image: Image;
}

/** What augmentation may make of one image. The first variants of more are those of fewer. */
export function drawVariants(
  { shape, pixels: original }: Image,
  count: number,
  ranges: AugmentationRanges,
  seed: number,
): Variant[] {
  const [height, width] = shape;
  const size = { height, width };
  const random = seededRandom(seed, 'variants');
  return Array.from({ length: count }, () => {
    const parameters = drawParameters(random, ranges, size);
    const transforms = new Float32Array(TRANSFORM_LENGTH);
    setTransform(transforms, 0, kerasAffine(parameters, size, ranges.legacy));
    const pixels = new Uint8Array(original.length);
    sampleImage(original, 0, { transforms, at: 0 }, pixels, 0, shape, 0.5);
    return { parameters, image: { shape, pixels } };
  });
}
