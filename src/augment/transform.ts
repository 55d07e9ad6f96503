import { TRANSFORM_LENGTH } from './matrix.js';
import type { ImageSize } from './ranges.js';

/**
 * Applies one affine transform to each image: bilinear, coordinates clamped to the edge, as TensorFlow's
 * ImageProjectiveTransformV3 does with interpolation BILINEAR and fill mode NEAREST (float32 coordinates too).
 *
 * @param images [N, H, W, 1]
 * @param transforms [N, 8], output to input; the projective terms a6, a7 must be 0
 * @returns [N, H, W, 1]
 */
export function transformImages(images: Float32Array, transforms: Float32Array, size: ImageSize): Float32Array {
  const { height, width } = size;
  const pixels = height * width;
  const count = images.length / pixels;
  if (!Number.isInteger(count) || transforms.length !== count * TRANSFORM_LENGTH) {
    throw new RangeError(`${images.length} pixels and ${transforms.length} numbers are not [N, H, W, 1] and [N, 8]`);
  }
  const output = new Float32Array(images.length);
  for (let i = 0; i < count; i++) {
    const a = transforms.subarray(i * TRANSFORM_LENGTH, (i + 1) * TRANSFORM_LENGTH);
    if (a[6] !== 0 || a[7] !== 0) throw new RangeError('projective transforms are not supported: a6 and a7 must be 0');
    transformImage(images.subarray(i * pixels, (i + 1) * pixels), a, output, i * pixels, size);
  }
  return output;
}

function transformImage(
  image: Float32Array,
  transform: Float32Array,
  output: Float32Array,
  offset: number,
  { height, width }: ImageSize,
): void {
  const [a0 = 1, a1 = 0, a2 = 0, a3 = 0, a4 = 1, a5 = 0] = transform;
  const lastRow = height - 1;
  const lastCol = width - 1;
  let at = offset;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const col = clamp(a0 * x + a1 * y + a2, lastCol);
      const row = clamp(a3 * x + a4 * y + a5, lastRow);
      const left = Math.floor(col);
      const top = Math.floor(row);
      const right = left < lastCol ? left + 1 : lastCol;
      const bottom = top < lastRow ? top + 1 : lastRow;
      const toRight = col - left;
      const toBottom = row - top;
      const upper = mix(image[top * width + left] as number, image[top * width + right] as number, toRight);
      const lower = mix(image[bottom * width + left] as number, image[bottom * width + right] as number, toRight);
      output[at++] = mix(upper, lower, toBottom);
    }
  }
}

function mix(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function clamp(coordinate: number, last: number): number {
  return coordinate < 0 ? 0 : Math.min(coordinate, last);
}
