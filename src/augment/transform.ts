import { type ImageShape, imageSize } from '../image.js';
import { TRANSFORM_LENGTH } from './matrix.js';
import { sampleImage } from './sample.js';

/**
 * Applies one affine transform to each image: bilinear, coordinates clamped to the edge, as TensorFlow's
 * ImageProjectiveTransformV3 does with interpolation BILINEAR and fill mode NEAREST.
 *
 * @param images [N, H, W, C]
 * @param transforms [N, 8], output to input; the projective terms a6, a7 must be 0
 * @returns [N, H, W, C]
 */
export function transformImages(images: Float32Array, transforms: Float32Array, shape: ImageShape): Float32Array {
  const size = imageSize(shape);
  const count = images.length / size;
  if (!Number.isInteger(count) || transforms.length !== count * TRANSFORM_LENGTH) {
    throw new RangeError(
      `${images.length} pixels and ${transforms.length} numbers are not [N, ${shape.join(', ')}] and [N, 8]`,
    );
  }
  const output = new Float32Array(images.length);
  for (let i = 0; i < count; i++) {
    const at = i * TRANSFORM_LENGTH;
    if (transforms[at + 6] !== 0 || transforms[at + 7] !== 0) {
      throw new RangeError('projective transforms are not supported: a6 and a7 must be 0');
    }
    sampleImage(images, i * size, { transforms, at }, output, i * size, shape, 0);
  }
  return output;
}
