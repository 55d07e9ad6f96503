import { permutation, type Random, seededRandom } from '../random.js';
import type { Rectangle } from './erase.js';
import type { ImageSize } from './ranges.js';

/** How often a batch is mixed, and how evenly: shares are Beta(α, α), near 0 and 1 for a small α. */
interface MixOptions {
  readonly alpha: number;
  readonly probability: number;
}

/** Mixes the images of a batch in pairs, and their targets. */
export interface MixAugmentation {
  /** Zhang et al. 2018: the mean of both images, weighted. */
  readonly mixup?: MixOptions | undefined;
  /** Yun et al. 2019: a rectangle of the other image. */
  readonly cutmix?: MixOptions | undefined;
}

/** What is mixed with what: x + (1 − share) · (partner − x) within the box. */
export interface MixedBatch {
  /** [batch] The place in the batch of the image that each is mixed with. */
  readonly partners: Int32Array;
  /** [batch, 4] top, left, bottom, right (exclusive). */
  readonly boxes: Int32Array;
  /** [batch, 2] The image's own share of the pixels within the box, and of the target. */
  readonly shares: Float32Array;
}

/** Whether batches are mixed at all. */
export function isMixing({ mixup, cutmix }: MixAugmentation = {}): boolean {
  return mixup !== undefined || cutmix !== undefined;
}

/**
 * The draws for one batch, from (seed, epoch, step) alone, one share for all its images, as in the papers' own code. Where
 * both ways are asked for, each batch takes one of them.
 */
export function drawMix(
  { mixup, cutmix }: MixAugmentation,
  batch: number,
  size: ImageSize,
  seed: number,
  epoch: number,
  step: number,
): MixedBatch {
  const random = seededRandom(seed, 'mix', epoch, step);
  const ways = [...(mixup ? [{ ...mixup, draw: blend }] : []), ...(cutmix ? [{ ...cutmix, draw: cut }] : [])];
  const way = ways[random.below(ways.length)];
  if (way === undefined) throw new Error('nothing to mix by');
  const partners = permutation(batch, random);
  const mixed = random.uniform(0, 1) < way.probability;
  const { box, pixels, target } = mixed ? way.draw(beta(random, way.alpha), size, random) : WHOLE;
  return {
    partners,
    boxes: Int32Array.from({ length: batch * box.length }, (_, i) => box[i % box.length] ?? 0),
    shares: Float32Array.from({ length: batch * 2 }, (_, i) => (i % 2 === 0 ? pixels : target)),
  };
}

interface Mix {
  readonly box: Rectangle;
  readonly pixels: number;
  readonly target: number;
}

const WHOLE: Mix = { box: [0, 0, 0, 0], pixels: 1, target: 1 };

function blend(share: number, { height, width }: ImageSize): Mix {
  return { box: [0, 0, height, width], pixels: share, target: share };
}

/** A rectangle of 1 − share of the image about a point anywhere in it, cut off at its edges. */
function cut(share: number, { height, width }: ImageSize, random: Random): Mix {
  const side = Math.sqrt(1 - share);
  const [rows, columns] = [Math.floor(height * side), Math.floor(width * side)];
  const [row, column] = [random.below(height), random.below(width)];
  const within = (at: number, most: number) => Math.min(most, Math.max(0, at));
  const [top, left] = [within(row - (rows >> 1), height), within(column - (columns >> 1), width)];
  const bottom = within(row - (rows >> 1) + rows, height);
  const right = within(column - (columns >> 1) + columns, width);
  const area = ((bottom - top) * (right - left)) / (height * width);
  return { box: [top, left, bottom, right], pixels: 0, target: 1 - area };
}

/** Beta(α, α) by Jöhnk's rejection (1964), in logarithms: for a small α both powers may be 0. */
function beta(random: Random, alpha: number): number {
  for (;;) {
    const [a, b] = [Math.log(random.uniform(0, 1)) / alpha, Math.log(random.uniform(0, 1)) / alpha];
    const most = Math.max(a, b);
    const sum = most + Math.log(Math.exp(a - most) + Math.exp(b - most));
    if (sum <= 0) return Math.exp(a - sum);
  }
}
