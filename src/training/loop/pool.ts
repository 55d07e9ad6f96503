import { createHash } from 'node:crypto';
import { concatenated } from '../../arrays.js';
import { makeCopies } from '../../augment/copies.js';
import type { Dataset } from '../../data/dataset.js';
import { splitPool } from '../../data/splits.js';
import { fingerprint } from '../../datasets/fingerprint.js';
import { imageSize } from '../../image.js';
import type { Model } from '../../model/model.js';
import { sizeOf } from '../../model/tensors.js';
import { type ImageSample, SAMPLE_IMAGES } from '../../model/whitening.js';
import type { PreparedData } from '../contracts/prepared-data.js';
import type { RunSettings } from '../contracts/settings.js';

/**
 * Lays out the pool: the first `limit` training images, the augmented ones, the test images.
 *
 * @throws {import('../../errors.js').UsageError} when the split leaves a part empty
 */
export async function prepareData(dataset: Dataset, settings: RunSettings): Promise<PreparedData> {
  const { spec, train, test } = dataset;
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
    shape: spec.imageShape,
    seed,
  });
  return {
    pool: {
      images: concatenated(Uint8Array, [
        train.images.subarray(0, split.originals * imageSize(spec.imageShape)),
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
      synthetic: spec.kind === 'synthetic',
      validationMode: split.validation.length === 0 ? 'none' : validation,
    },
    fingerprint: spec.kind === 'files' ? fingerprint(spec) : contentHash(dataset),
  };
}

/** The first training images, for initialisers that look at them. */
export function trainingSample({ pool, split }: PreparedData, { inputShape }: Model): ImageSample {
  const size = sizeOf(inputShape);
  const images = Array.from(split.train.subarray(0, SAMPLE_IMAGES), (i) =>
    pool.images.subarray(i * size, (i + 1) * size),
  );
  return { images: concatenated(Uint8Array, images), shape: inputShape };
}

/** What has no files is hashed itself. */
function contentHash({ train, test }: Dataset): string {
  const hash = createHash('sha256');
  for (const part of [train.images, train.labels, test.images, test.labels]) hash.update(part);
  return hash.digest('hex');
}
