import { fashionMnist } from './fashion-mnist.js';
import type { DatasetSpec } from './spec.js';
import { synthetic } from './synthetic.js';

/** The data sets that have a name: this table feeds `--data`, its help and the settings of runs. */
export const DATASETS = {
  'fashion-mnist': fashionMnist,
  synthetic,
} as const satisfies Record<string, DatasetSpec>;

export type DatasetName = keyof typeof DATASETS;

// Object.keys forgets which keys they are.
export const DATASET_NAMES = Object.keys(DATASETS) as DatasetName[];

export function isDatasetName(name: string): name is DatasetName {
  return Object.hasOwn(DATASETS, name);
}
