import { deriveSeed, type Random, seededRandom } from '../random.js';
import { drawErase, ERASE_LENGTH, type EraseOptions } from './erase.js';
import { type Affine, flipped, radians, setTransform, TRANSFORM_LENGTH } from './matrix.js';
import { drawMix, isMixing, type MixAugmentation, type MixedBatch } from './mix.js';
import type { ImageSize } from './ranges.js';

/** Augmentation that is drawn afresh for every image in every epoch. */
export interface OnlineAugmentation extends MixAugmentation {
  /** Mirrors half of the images, chosen anew in each epoch; `alternating`: the other half in every second epoch (Jordan 2024). */
  readonly horizontalFlip: boolean | 'alternating';
  /** Part of the width, either way; moves columns. */
  readonly widthShift: number;
  /** Part of the height, either way; moves rows. */
  readonly heightShift: number;
  /** Degrees either way, about the middle. */
  readonly rotation: number;
  /**
   * Pixels added on each side, from which a crop of the original size is taken: a shift by whole pixels. What is
   * uncovered continues the edge's pixels, as all transforms here do. Clothes touch two edges of most images of
   * Fashion-MNIST; filled with zeros instead, a run of `best` ended no better (docs/recipes.md).
   */
  readonly cropPadding: number;
  readonly erase?: EraseOptions | undefined;
}

export interface OnlineBatch {
  /** [batch, 8] output to input. */
  readonly transforms: Float32Array;
  /** [batch, 4] top, left, bottom, right (exclusive); all 0 for none. */
  readonly erase: Int32Array;
  /** Where batches are mixed. */
  readonly mix?: MixedBatch;
}

/**
 * The draws for one batch, from (seed, epoch, step) alone: a run resumed at any step draws what the unbroken one would.
 *
 * @param indices of the batch's images, by which mirroring alternates
 * @param step counts from 0 within the epoch
 */
export function drawOnlineBatch(
  options: OnlineAugmentation,
  indices: Int32Array,
  size: ImageSize,
  seed: number,
  epoch: number,
  step: number,
): OnlineBatch {
  const random = seededRandom(seed, 'online', epoch, step);
  const mirrors = deriveSeed(seed, 'mirrors');
  const batch = indices.length;
  const transforms = new Float32Array(batch * TRANSFORM_LENGTH);
  const erase = new Int32Array(batch * ERASE_LENGTH);
  for (let i = 0; i < batch; i++) {
    const affine = drawAffine(random, options, size);
    const mirrored = options.horizontalFlip === 'alternating' && alternates(mirrors, indices[i] ?? 0, epoch);
    setTransform(transforms, i, mirrored ? flipped(affine, size.width) : affine);
    if (options.erase !== undefined) erase.set(drawErase(random, options.erase, size), i * ERASE_LENGTH);
  }
  return { transforms, erase, ...(isMixing(options) && { mix: drawMix(options, batch, size, seed, epoch, step) }) };
}

function drawAffine(random: Random, options: OnlineAugmentation, { height, width }: ImageSize): Affine {
  const around = (range: number) => random.uniform(-range, range);
  const pixels = () => random.below(2 * options.cropPadding + 1) - options.cropPadding;
  const theta = radians(around(options.rotation));
  const down = around(options.heightShift) * height + pixels();
  const right = around(options.widthShift) * width + pixels();
  const flip = random.uniform(0, 1) < 0.5 && options.horizontalFlip === true;
  const cos = Math.cos(theta);
  const sin = Math.sin(theta);
  const y = (height - 1) / 2;
  const x = (width - 1) / 2;
  // Rotation about the middle, then the shift.
  const affine: Affine = [cos, -sin, x + right - (cos * x - sin * y), sin, cos, y + down - (sin * x + cos * y)];
  return flip ? flipped(affine, width) : affine;
}

/** Whether an image is mirrored in this epoch: half of all are, and each in every second epoch. The bit is murmur3's. */
function alternates(seed: number, index: number, epoch: number): boolean {
  let hash = Math.imul(index ^ seed, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) + epoch) & 1) === 1;
}
