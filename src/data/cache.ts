import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import { cacheFolder } from '../files/cache-folder.js';
import { errorCode, isDiskFull, isMissing } from '../files/errors.js';
import { isPartial, nodeFileSystem, writeAtomically } from '../files/file-system.js';
import { makeFolder } from '../files/make-folder.js';
import { readBounded, readingProblem } from '../files/read.js';

/** Folders of downloads begin so; what a killed process left is swept away by the next one that writes. */
const TEMPORARY = '.tmp-';
/** Longer than any download lives: what is older belongs to nobody any more. */
const STALE_MS = 60 * 60 * 1000;

/**
 * Where a data set lies between runs: `$XDG_CACHE_HOME/fmnist/data/<name>`, or what the platform has in its place. A
 * folder each, since other data sets have files of the same names: MNIST's are Fashion-MNIST's.
 */
export function defaultDataCache(dataset: string): string {
  return join(formerDataCache(), dataset);
}

/** Where version 0.1 kept Fashion-MNIST. */
export function formerDataCache(): string {
  return join(cacheFolder(), 'data');
}

/** One data set's folder of verified payloads. It alone knows the layout: one file each, under its own name, not compressed. */
export class DataCache {
  constructor(readonly folder: string) {}

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A file that has `bytes` bytes; undefined where there is none. */
  async read(name: string, bytes: number): Promise<Uint8Array | undefined> {
    try {
      return await readBounded(this.path(name), { most: bytes, links: true });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new Error(readingProblem(error), { cause: error });
    }
  }

  /**
   * Puts a file in place whole or not at all.
   * @throws DataError when the folder cannot be written or the disk is full; nothing is left behind.
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await makeFolder(this.folder);
      await writeAtomically(nodeFileSystem, this.path(name), [bytes]);
    } catch (error) {
      throw this.unwritable(error);
    }
  }

  /**
   * A fresh folder inside the cache for a download's own files: on the disk that they will stay on, and proof,
   * before anything is fetched, that the cache can be written. The caller removes it.
   * @throws DataError when the cache cannot be written
   */
  async scratch(): Promise<string> {
    try {
      await makeFolder(this.folder);
      await this.sweep();
      return await mkdtemp(join(this.folder, TEMPORARY));
    } catch (error) {
      throw this.unwritable(error);
    }
  }

  private async sweep(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!name.startsWith(TEMPORARY) && !isPartial(name)) continue;
      const path = this.path(name);
      const age = Date.now() - (await stat(path).then((s) => s.mtimeMs, Date.now));
      if (age > STALE_MS) await rm(path, { recursive: true, force: true });
    }
  }

  /** The error to throw for a failed write here. */
  unwritable(error: unknown): DataError {
    const full = isDiskFull(error);
    const why = full ? 'no space is left on the disk' : `it cannot be written (${errorCode(error) ?? error})`;
    return new DataError(`the data cache ${this.folder}: ${why}`, {
      hint: full
        ? 'Free 60 MB there, or name another place with XDG_CACHE_HOME.'
        : 'Name a folder you may write with XDG_CACHE_HOME, or one that holds the files with --data-dir.',
      cause: error,
    });
  }
}
