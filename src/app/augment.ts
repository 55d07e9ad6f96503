import type { AugmentationRanges } from '../augment/ranges.js';
import { drawVariants, type Variant } from '../augment/variants.js';
import { resolveConfig } from '../config/resolve.js';
import type { Context } from '../context.js';
import { CLASS_NAMES, IMAGE_HEIGHT, IMAGE_SIZE, IMAGE_WIDTH } from '../data/classes.js';
import { UsageError } from '../errors.js';
import { type DataChoice, openData } from './open-data.js';

export interface AugmentRequest extends DataChoice {
  /** The config whose ranges are drawn from. */
  readonly model?: string | undefined;
  readonly config?: string | undefined;
  /** Which training image. */
  readonly index: number;
  /** How many variants. */
  readonly count: number;
  readonly seed: number;
}

export interface AugmentedImage {
  readonly label: number;
  /** Of its class. */
  readonly name: string;
  readonly ranges: AugmentationRanges;
  readonly original: Uint8Array;
  readonly variants: readonly Variant[];
}

/**
 * What augmentation makes of one training image.
 *
 * @throws UsageError for an index beyond the last image; DataError
 */
export async function augmentOne(request: AugmentRequest, context: Context): Promise<AugmentedImage> {
  const ranges = resolveConfig({ model: request.model, config: request.config }).augmentation;
  const { train } = await openData(request, context);
  const { index, count, seed } = request;
  const label = train.labels[index];
  if (label === undefined) {
    throw new UsageError(`--index ${index}: there are ${train.labels.length} training images, counted from 0`);
  }
  const original = train.images.subarray(index * IMAGE_SIZE, (index + 1) * IMAGE_SIZE);
  const size = { height: IMAGE_HEIGHT, width: IMAGE_WIDTH };
  const variants = drawVariants(original, count, ranges, size, seed);
  return { label, name: CLASS_NAMES[label] ?? String(label), ranges, original, variants };
}
