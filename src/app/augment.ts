import { type AugmentationRanges, DEFAULT_AUGMENTATION } from '../augment/ranges.js';
import { drawVariants, type Variant } from '../augment/variants.js';
import { DEFAULT_MODEL } from '../config/defaults.js';
import { type ConfigFlags, resolveConfig } from '../config/resolve.js';
import type { Context } from '../context.js';
import { type DatasetSpec, modelInput } from '../datasets/spec.js';
import { UsageError } from '../errors.js';
import { type Image, imageAt } from '../image.js';
import { type DataChoice, datasetFor, openData } from './open-data.js';

/** The config whose ranges are drawn from. */
type RangesChoice = Pick<ConfigFlags, 'model' | 'config' | 'set'>;

export interface AugmentRequest extends DataChoice, RangesChoice {
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
  readonly original: Image;
  readonly variants: readonly Variant[];
}

/** Those of a config that is named: the default model's need not fit the images. */
function rangesOf({ model, config, set }: RangesChoice, dataset: DatasetSpec) {
  if (model === undefined && config === undefined && set === undefined) return DEFAULT_AUGMENTATION;
  return resolveConfig({ model, config, set }, DEFAULT_MODEL, modelInput(dataset)).augmentation;
}

/**
 * What augmentation makes of one training image.
 *
 * @throws UsageError for an index beyond the last image; DataError
 */
export async function augmentOne(request: AugmentRequest, context: Context): Promise<AugmentedImage> {
  const { data, index, count, seed } = request;
  const dataset = datasetFor(data, undefined);
  const ranges = rangesOf(request, dataset);
  const { train } = await openData(dataset, request, context);
  const label = train.labels[index];
  if (label === undefined) {
    const images = train.labels.length;
    throw new UsageError(
      `--index must be a whole number from 0 to ${images - 1}, but is ${index}: there are ${images} training images`,
    );
  }
  const original = imageAt(train.images, index, dataset.imageShape);
  const variants = drawVariants(original, count, ranges, seed);
  return { label, name: dataset.classes[label] ?? String(label), ranges, original, variants };
}
