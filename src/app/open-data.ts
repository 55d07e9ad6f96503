import type { Dataset, DatasetName } from '../data/dataset.js';
import { interruptible } from './interrupt.js';

/** What `withData` declares. */
export interface DataFlags {
  readonly data: DatasetName | undefined;
  readonly dataDir: string | undefined;
  readonly offline: boolean;
}

/**
 * The data set that the flags name, with progress on stderr; the first Ctrl-C stops a download and leaves nothing.
 *
 * @param other stops a download too
 * @throws DataError when it cannot be had
 * @throws InterruptedError
 */
export async function loadData({ data, dataDir, offline }: DataFlags, other?: AbortSignal): Promise<Dataset> {
  const { loadDataset } = await import('../data/dataset.js');
  const { dataProgress } = await import('../ui/data-progress.js');
  const view = dataProgress(process.stderr, process.env);
  const { signal, done } = interruptible('the download was stopped; nothing of it was kept', view.close, other);
  try {
    return await loadDataset({ dataset: data, dataDir, offline, onProgress: view.onProgress, signal });
  } finally {
    done();
    view.close();
  }
}
