import type { Context } from '../context.js';
import type { Dataset } from '../data/dataset.js';
import { findDataset, rememberedDataset } from '../data/find.js';
import { type DatasetReference, referredDescription } from '../datasets/reference.js';
import type { DatasetDescription, DatasetSpec } from '../datasets/spec.js';
import { UsageError } from '../errors.js';
import { formatImageShape } from '../image.js';
import { interruptible } from './interruptible.js';

/** Where the images may come from. */
export interface DataPlaces {
  readonly dataDir?: string | undefined;
  readonly offline?: boolean | undefined;
}

/** Which images, and where they may come from. */
export interface DataChoice extends DataPlaces {
  /** The name of a data set or the path of a manifest. */
  readonly data?: string | undefined;
}

/** How many images of what size: both must be as in training. */
function form({ imageShape, classes }: DatasetDescription): string {
  return `${formatImageShape(imageShape)} images of ${classes.length} classes`;
}

/**
 * The data set for a trained model: the one of this choice, else the one that it was trained on.
 *
 * @param trained undefined for a file of weights alone
 * @throws DataError when there is none; UsageError for one that the model was not built for
 */
export function datasetFor(choice: string | undefined, trained: DatasetReference | undefined): DatasetSpec {
  if (choice === undefined) return rememberedDataset(trained ?? 'fashion-mnist');
  const dataset = findDataset(choice);
  if (trained === undefined) return dataset;
  const expected = referredDescription(trained);
  if (form(dataset) === form(expected)) return dataset;
  throw new UsageError(`${dataset.title} has ${form(dataset)}, but the model was trained on ${form(expected)}`, {
    hint: 'Leave --data out: a run knows its data set.',
  });
}

/** What is known of it without opening anything: a manifest may be gone when pictures are predicted. */
export function descriptionFor(choice: string | undefined, trained: DatasetReference | undefined): DatasetDescription {
  return choice === undefined && trained !== undefined ? referredDescription(trained) : datasetFor(choice, trained);
}

/**
 * The images of a data set; a download that is stopped leaves nothing.
 *
 * @param other stops a download too
 * @throws DataError when it cannot be had
 * @throws InterruptedError
 */
export async function openData(
  dataset: DatasetSpec,
  { dataDir, offline }: DataPlaces,
  { interrupts, progress, warn }: Context,
  other?: AbortSignal,
): Promise<Dataset> {
  const { loadDataset } = await import('../data/dataset.js');
  const view = await progress.data();
  const stopped = 'the download was stopped; nothing of it was kept';
  const loaded = await interruptible(interrupts, { stopped, view, other }, (signal, onProgress) =>
    loadDataset({ dataset, dataDir, offline, onProgress, signal }),
  );
  const unused = loaded.files.length > 0 && loaded.files.every(({ source }) => source !== `folder ${dataDir}`);
  if (dataDir !== undefined && unused) warn(`--data-dir has no effect: the files came from the ${loaded.source}`);
  return loaded;
}
