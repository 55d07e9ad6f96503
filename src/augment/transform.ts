import { TRANSFORM_LENGTH } from './matrix.js';
import type { ImageSize } from './ranges.js';
import { sampleImage } from './sample.js';

/**
 * Applies one affine transform to each image: bilinear, coordinates clamped to the edge, as TensorFlow's
 * ImageProjectiveTransformV3 does with interpolation BILINEAR and fill mode NEAREST.
 *
 * @param images [N, H, W, 1]
 * @param transforms [N, 8], output to input; the projective terms a6, a7 must be 0
 * @returns [N, H, W, 1]
 */
export function transformImages(images: Float32Array, transforms: Float32Array, size: ImageSize): Float32Array {
  const pixels = size.height * size.width;
  const count = images.length / pixels;
  if (!Number.isInteger(count) || transforms.length !== count * TRANSFORM_LENGTH) {
    throw new RangeError(`${images.length} pixels and ${transforms.length} numbers are not [N, H, W, 1] and [N, 8]`);
  }
  const output = new Float32Array(images.length);
  for (let i = 0; i < count; i++) {
    const at = i * TRANSFORM_LENGTH;
    if (transforms[at + 6] !== 0 || transforms[at + 7] !== 0) {
      throw new RangeError('projective transforms are not supported: a6 and a7 must be 0');
    }
    sampleImage(images, i * pixels, { transforms, at }, output, i * pixels, size, 0);
  }
  return output;
}
