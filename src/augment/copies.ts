import { seededRandom } from '../random.js';
import { kerasAffine, setTransform, TRANSFORM_LENGTH } from './matrix.js';
import { drawParameters } from './parameters.js';
import type { AugmentationRanges, ImageSize } from './ranges.js';

/** [N, H, W, 1] float32 and [N, 8] → [N, H, W, 1]: an engine's `transform`, or {@link import('./transform.js').transformImages}. */
export type ApplyTransforms = (images: Float32Array, transforms: Float32Array) => Float32Array | Promise<Float32Array>;

/** Which original each copy shows, and how it is transformed. */
export interface CopyPlan {
  /** [N] indices of originals. */
  readonly originals: Int32Array;
  /** [N, 8] output to input. */
  readonly transforms: Float32Array;
}

/**
 * Draws `count` copies of the originals 0 … from − 1, with replacement. The plan of fewer copies is the beginning of
 * the plan of more.
 */
export function planCopies(
  count: number,
  from: number,
  ranges: AugmentationRanges,
  size: ImageSize,
  seed: number,
): CopyPlan {
  const random = seededRandom(seed, 'augment');
  const originals = new Int32Array(count);
  const transforms = new Float32Array(count * TRANSFORM_LENGTH);
  for (let i = 0; i < count; i++) {
    originals[i] = random.below(from);
    setTransform(transforms, i, kerasAffine(drawParameters(random, ranges, size), size, ranges.legacy));
  }
  return { originals, transforms };
}

export interface CopyRequest {
  /** [N, H, W, 1] bytes and [N] labels, of which the first `from` may be copied. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly from: number;
  readonly count: number;
  readonly ranges: AugmentationRanges;
  readonly size: ImageSize;
  readonly seed: number;
  readonly transform: ApplyTransforms;
  /** Hears of copies done, between chunks. */
  readonly onProgress?: (done: number) => void;
}

export interface Copies {
  /** [count, H, W, 1] bytes. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly originals: Int32Array;
}

/** 2,048 images are 6 MB in float32: long enough for an engine's threads, short enough for a progress bar. */
const CHUNK = 2_048;

/**
 * Augmented copies with their originals' labels. Values are rounded to whole bytes, half of 1/255 at most from the
 * unrounded ones, because the pool keeps every image as bytes; Keras keeps floats.
 */
export async function makeCopies(request: CopyRequest): Promise<Copies> {
  const { images, labels, from, count, ranges, size, seed, transform } = request;
  const plan = planCopies(count, from, ranges, size, seed);
  const pixels = size.height * size.width;
  const copies = new Uint8Array(count * pixels);
  for (let start = 0; start < count; start += CHUNK) {
    const end = Math.min(count, start + CHUNK);
    const chunk = new Float32Array((end - start) * pixels);
    plan.originals.subarray(start, end).forEach((original, i) => {
      chunk.set(images.subarray(original * pixels, (original + 1) * pixels), i * pixels);
    });
    const transforms = plan.transforms.subarray(start * TRANSFORM_LENGTH, end * TRANSFORM_LENGTH);
    roundInto(copies, start * pixels, await transform(chunk, transforms));
    request.onProgress?.(end);
  }
  return {
    images: copies,
    labels: Uint8Array.from(plan.originals, (original) => labels[original] ?? 0),
    originals: plan.originals,
  };
}

/** Interpolation never leaves the range of the bytes it mixes, so there is nothing to clamp. */
function roundInto(bytes: Uint8Array, offset: number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) bytes[offset + i] = (values[i] as number) + 0.5;
}
