import { type Dataset, loadDataset } from '../../src/data/dataset.js';

let loading: Promise<Dataset> | undefined;

/** The real data set, from this machine's cache or, the first time, from wherever it can be had. */
export function realDataset(): Promise<Dataset> {
  loading ??= loadDataset();
  return loading;
}
