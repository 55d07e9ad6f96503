import { promises as fs } from 'node:fs';
import path from 'node:path';
import { DataError, UsageError } from '../errors.js';
import { cacheFolder } from '../files/cache-folder.js';
import { errorCode, isMissing } from '../files/errors.js';
import { didYouMean } from '../suggest.js';

/** Something in the cache that can go by itself: what needs it gets it again. */
export interface CacheEntry {
  /** e.g. `data/fashion-mnist` or `engines/tensorflow-2.21.0-cpu-linux-x64-v1`. */
  readonly name: string;
  readonly bytes: number;
}

/** What lies in the cache: each data set, each native engine, and whatever else there is. */
export async function listCache(folder = cacheFolder()): Promise<CacheEntry[]> {
  const parts = await entriesOf(folder);
  const names = await Promise.all(
    parts.map(async (part) => {
      const inner = await entriesOf(path.join(folder, part));
      return inner.length > 0 ? inner.map((name) => `${part}/${name}`) : [part];
    }),
  );
  return Promise.all(names.flat().map(async (name) => ({ name, bytes: await bytesIn(path.join(folder, name)) })));
}

/**
 * The entries of these names, or of the parts that they name; all where nothing is named.
 *
 * @throws UsageError for a name that is not there
 */
export function chooseEntries(entries: readonly CacheEntry[], names: readonly string[]): CacheEntry[] {
  const unknown = names.find((name) => !entries.some((entry) => matches(entry, name)));
  if (unknown !== undefined) {
    const known = entries.map(({ name }) => name);
    throw new UsageError(`there is no "${unknown}" in the cache${didYouMean(unknown, known)}`, {
      hint: 'List what there is with: $0 cache',
    });
  }
  return entries.filter((entry) => names.length === 0 || names.some((name) => matches(entry, name)));
}

/** @throws DataError for what cannot be removed */
export async function removeEntries(entries: readonly CacheEntry[], folder = cacheFolder()): Promise<void> {
  for (const { name } of entries) {
    const target = path.join(folder, name);
    await fs.rm(target, { recursive: true, force: true }).catch((cause: unknown) => {
      throw new DataError(`${target} cannot be removed (${errorCode(cause)})`, { cause });
    });
  }
}

function matches({ name }: CacheEntry, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}/`);
}

/** Names in a folder; none where it is a file, a link or not there. */
async function entriesOf(folder: string): Promise<string[]> {
  const isFolder = await fs.lstat(folder).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
  if (!isFolder) return [];
  const names = await fs.readdir(folder).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw new DataError(`the cache ${folder} cannot be read (${errorCode(cause)})`, { cause });
  });
  return names.sort();
}

/** Of all files in it; links count as nothing. */
async function bytesIn(target: string): Promise<number> {
  const stat = await fs.lstat(target).catch(() => undefined);
  if (stat === undefined || stat.isSymbolicLink()) return 0;
  if (!stat.isDirectory()) return stat.size;
  const inner = await entriesOf(target);
  const sizes = await Promise.all(inner.map((name) => bytesIn(path.join(target, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
