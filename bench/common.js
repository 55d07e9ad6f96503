// What both comparisons share.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultDataCache, formerDataCache } from '../build/data/cache.js';
import { loadDataset } from '../build/data/dataset.js';

/** A file beside this one. */
export const path = (file) => fileURLToPath(new URL(file, import.meta.url));

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The folder from which every contestant reads the same data. */
export async function cachedData() {
  await loadDataset();
  return [defaultDataCache('fashion-mnist'), formerDataCache()].find((folder) =>
    existsSync(`${folder}/train-images-idx3-ubyte`),
  );
}
