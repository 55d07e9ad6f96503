import type { ImageShape } from '../image.js';

type Pixels = Uint8Array | Float32Array;

/** One transform's six affine numbers, at a place in an [N, 8] array. */
export interface TransformRow {
  readonly transforms: Float32Array;
  readonly at: number;
}

/**
 * Fills one output image, all channels alike: bilinear between the four input pixels around each sampled point, whose coordinates are
 * clamped to the image. `bias` is added to every value: 0.5 makes storing in bytes round instead of cut off.
 *
 * Written for the JIT, since 30,000 copies are 23 million calls of its inner loop: plain locals, no allocation.
 */
export function sampleImage(
  input: Pixels,
  inputAt: number,
  { transforms, at }: TransformRow,
  output: Pixels,
  outputAt: number,
  [height, width, channels]: ImageShape,
  bias: number,
): void {
  const a0 = transforms[at] as number;
  const a1 = transforms[at + 1] as number;
  const a2 = transforms[at + 2] as number;
  const a3 = transforms[at + 3] as number;
  const a4 = transforms[at + 4] as number;
  const a5 = transforms[at + 5] as number;
  const lastRow = height - 1;
  const lastCol = width - 1;
  const stride = width * channels;
  let next = outputAt;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const col = clamp(a0 * x + a1 * y + a2, lastCol);
      const row = clamp(a3 * x + a4 * y + a5, lastRow);
      // Clamped to 0 and more: cutting off is rounding down.
      const left = col | 0;
      const top = row | 0;
      const toRight = left < lastCol ? channels : 0;
      const down = top < lastRow ? stride : 0;
      const first = inputAt + top * stride + left * channels;
      for (let above = first; above < first + channels; above++) {
        const below = above + down;
        const upper = mix(input[above] as number, input[above + toRight] as number, col - left);
        const lower = mix(input[below] as number, input[below + toRight] as number, col - left);
        output[next++] = mix(upper, lower, row - top) + bias;
      }
    }
  }
}

function mix(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function clamp(coordinate: number, last: number): number {
  return coordinate < 0 ? 0 : Math.min(coordinate, last);
}
