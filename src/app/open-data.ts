import type { Context } from '../context.js';
import type { Dataset, DatasetName } from '../data/dataset.js';
import { interruptible } from './interruptible.js';

/** Which images, and where they may come from. */
export interface DataChoice {
  readonly data?: DatasetName | undefined;
  readonly dataDir?: string | undefined;
  readonly offline?: boolean | undefined;
}

/**
 * The data set of this choice; a download that is stopped leaves nothing.
 *
 * @param other stops a download too
 * @throws DataError when it cannot be had
 * @throws InterruptedError
 */
export async function openData(
  { data, dataDir, offline }: DataChoice,
  { interrupts, progress }: Context,
  other?: AbortSignal,
): Promise<Dataset> {
  const { loadDataset } = await import('../data/dataset.js');
  const view = await progress.data();
  const stopped = 'the download was stopped; nothing of it was kept';
  return interruptible(interrupts, { stopped, view, other }, (signal) =>
    loadDataset({ dataset: data, dataDir, offline, onProgress: view.onProgress, signal }),
  );
}
