import { createHash } from 'node:crypto';
import { concatenated } from '../../arrays.js';
import { makeCopies } from '../../augment/copies.js';
import { IMAGE_HEIGHT, IMAGE_SIZE, IMAGE_WIDTH } from '../../data/classes.js';
import type { Dataset } from '../../data/dataset.js';
import { type Split, splitPool } from '../../data/splits.js';
import type { ImagePool } from '../../engine/engine.js';
import type { DataCounts } from '../contracts/events.js';
import type { RunSettings } from '../contracts/settings.js';

/** Every image of a run in one array, and which of them do what. */
export interface PreparedData {
  readonly pool: ImagePool;
  readonly split: Split;
  readonly counts: DataCounts;
  /** SHA-256 that identifies the data set. */
  readonly fingerprint: string;
}

/**
 * Lays out the pool: the first `limit` training images, the augmented ones, the test images.
 *
 * @throws {import('../../errors.js').UsageError} when the split leaves a part empty
 */
export async function prepareData(dataset: Dataset, settings: RunSettings): Promise<PreparedData> {
  const { train, test } = dataset;
  const { config, limit, augment, validation, seed } = settings;
  const split = splitPool({
    trainCount: train.labels.length,
    testCount: test.labels.length,
    limit: limit ?? undefined,
    augmented: augment,
    validationSplit: config.training.validationSplit,
    mode: validation,
  });
  const augmented = await makeCopies({
    ...train,
    from: split.copiesFrom,
    count: split.augmented,
    ranges: config.augmentation,
    size: { height: IMAGE_HEIGHT, width: IMAGE_WIDTH },
    seed,
  });
  return {
    pool: {
      images: concatenated(Uint8Array, [
        train.images.subarray(0, split.originals * IMAGE_SIZE),
        augmented.images,
        test.images,
      ]),
      labels: concatenated(Uint8Array, [train.labels.subarray(0, split.originals), augmented.labels, test.labels]),
    },
    split,
    counts: {
      train: split.train.length,
      augmented: split.augmented,
      validation: split.validation.length,
      test: split.test.length,
      source: dataset.source,
      synthetic: dataset.synthetic,
      validationMode: split.validation.length === 0 ? 'none' : validation,
    },
    fingerprint: fingerprint(dataset),
  };
}

/** Files are known by hashes that were checked when they were read; what has no files is hashed itself. */
function fingerprint({ files, train, test }: Dataset): string {
  const hash = createHash('sha256');
  if (files.length > 0) for (const { sha256 } of files) hash.update(sha256);
  else for (const part of [train.images, train.labels, test.images, test.labels]) hash.update(part);
  return hash.digest('hex');
}
