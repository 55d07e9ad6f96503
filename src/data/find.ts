import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fingerprint } from '../datasets/fingerprint.js';
import { type DatasetReference, datasetReference } from '../datasets/reference.js';
import { DATASETS, isDatasetName } from '../datasets/registry.js';
import type { DatasetSpec, FileDataset } from '../datasets/spec.js';
import { DataError } from '../errors.js';
import { readManifest } from './manifest.js';

/**
 * The data set of a name, or of the manifest at a path.
 *
 * @throws DataError for a manifest that is missing or has problems
 */
export function findDataset(nameOrPath: string): DatasetSpec {
  if (isDatasetName(nameOrPath)) return DATASETS[nameOrPath];
  if (existsSync(nameOrPath)) return readManifest(nameOrPath);
  throw new DataError(`there is no manifest ${nameOrPath}`, {
    hint: 'To write one for a folder of IDX files: $0 data --describe FOLDER --classes a,b,c',
  });
}

/** How a run's settings remember a data set. */
export function rememberDataset(spec: DatasetSpec): DatasetReference {
  return datasetReference(spec, (path) => relative(process.cwd(), path));
}

/**
 * The data set that a run was trained on, from wherever its manifest is now.
 *
 * @throws DataError when it is in none of the known places, or describes other files by now
 */
export function rememberedDataset(reference: DatasetReference): DatasetSpec {
  if (typeof reference === 'string') return DATASETS[reference];
  const paths = [...new Set(reference.manifest.map((path) => resolve(path)))];
  const found = paths.filter((path) => existsSync(path)).map(readManifest);
  const same = found.find((spec) => fingerprint(spec) === reference.fingerprint);
  if (same !== undefined) return same;
  const [changed] = found;
  throw changed === undefined ? gone(reference.name, paths) : changedSince(changed);
}

function gone(name: string, paths: readonly string[]): DataError {
  return new DataError(`the manifest of ${name}, which the run was trained on, is not at ${paths.join(' nor ')}`, {
    hint: 'If it has moved, name it again: --data FILE.json',
  });
}

function changedSince({ manifest }: FileDataset): DataError {
  return new DataError(`${manifest} describes other files than those that the run was trained on`, {
    hint: 'Name the manifest of the same files: --data FILE.json',
  });
}
