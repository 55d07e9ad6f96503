import type { Dataset, DatasetName } from '../data/dataset.js';
import { InterruptedError } from '../errors.js';

/** What `withData` declares. */
export interface DataFlags {
  readonly data: DatasetName | undefined;
  readonly dataDir: string | undefined;
  readonly offline: boolean;
}

/**
 * The data set that the flags name, with progress on stderr; the first Ctrl-C stops a download and leaves nothing.
 *
 * @param signal stops a download too
 * @throws DataError when it cannot be had
 * @throws InterruptedError
 */
export async function loadData({ data, dataDir, offline }: DataFlags, signal?: AbortSignal): Promise<Dataset> {
  const { loadDataset } = await import('../data/dataset.js');
  const { dataProgress } = await import('../ui/data-progress.js');
  const controller = new AbortController();
  const stop = () => controller.abort(new InterruptedError('the download was stopped; nothing of it was kept'));
  const view = dataProgress(process.stderr, process.env);
  process.once('SIGINT', stop);
  try {
    return await loadDataset({
      dataset: data,
      dataDir,
      offline,
      onProgress: view.onProgress,
      signal: signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]),
    });
  } finally {
    process.off('SIGINT', stop);
    view.close();
  }
}
