import type { Random } from '../random.js';
import type { ImageSize } from './ranges.js';

/** Random erasing (Zhong et al. 2017): one rectangle of an image becomes 0. */
export interface EraseOptions {
  /** Of an image to be erased at all. */
  readonly probability: number;
  /** Parts of the image's area. */
  readonly minArea: number;
  readonly maxArea: number;
}

/** Numbers of one rectangle. */
export const ERASE_LENGTH = 4;

export type Rectangle = readonly [top: number, left: number, bottom: number, right: number];

const NONE: Rectangle = [0, 0, 0, 0];
/** Height to width, between 0.3 and 1/0.3 as in the paper, uniform in its logarithm. */
const LOG_ASPECT = Math.log(1 / 0.3);

/** Draws a rectangle inside the image, bottom and right exclusive; all 0 when the image is spared. */
export function drawErase(random: Random, options: EraseOptions, { height, width }: ImageSize): Rectangle {
  const spared = random.uniform(0, 1) >= options.probability;
  const area = random.uniform(options.minArea, options.maxArea) * height * width;
  const aspect = Math.exp(random.uniform(-LOG_ASPECT, LOG_ASPECT));
  const rows = clamp(Math.round(Math.sqrt(area * aspect)), height);
  const cols = clamp(Math.round(Math.sqrt(area / aspect)), width);
  const top = random.below(height - rows + 1);
  const left = random.below(width - cols + 1);
  return spared ? NONE : [top, left, top + rows, left + cols];
}

function clamp(side: number, longest: number): number {
  return Math.min(longest, Math.max(1, side));
}
