import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import { cacheFolder } from '../files/cache-folder.js';
import { errorCode, isDiskFull, isMissing } from '../files/errors.js';
import { nodeFileSystem } from '../files/file-system.js';
import { makeFolder } from '../files/make-folder.js';
import { clearOwnedFolders, makeOwnedFolder } from '../files/owned-folder.js';
import { readBounded, readingProblem } from '../files/read.js';

/** Folders of downloads begin so; what a killed process left is swept away by the next one that downloads. */
const TEMPORARY = '.tmp-';
/** Longer than any download lives, where nobody knows whether its process does. */
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
    const scratch = await this.scratch();
    try {
      const whole = join(scratch, name);
      await writeFile(whole, bytes, { flush: true });
      await rename(whole, this.path(name));
      await nodeFileSystem.syncFolder(this.folder);
    } catch (error) {
      throw this.unwritable(error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
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
      await clearOwnedFolders(this.folder, TEMPORARY, STALE_MS);
      return await makeOwnedFolder(this.folder, TEMPORARY);
    } catch (error) {
      throw this.unwritable(error);
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
