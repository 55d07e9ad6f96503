import { resolve } from 'node:path';
import type { DataFile } from '../../datasets/spec.js';
import { isMissing } from '../../files/errors.js';
import { readBounded, readingProblem } from '../../files/read.js';
import type { SourceFactory } from './source.js';

/** As published, and as unzipped from Kaggle's copy, which has a dot where the others have a dash. */
function spellings(name: string): string[] {
  const dotted = name.replace('-idx', '.idx');
  return [name, `${name}.gz`, dotted, `${dotted}.gz`];
}

/** gzip makes what it cannot compress a little larger, and keeps a name and a comment. */
const GZIP_BYTES = 1_000_000;

/** A folder that has the files. */
export function folderSource(what: string, folder: string): SourceFactory {
  return () => ({ name: `${what} ${folder}`, remote: false, read: (file) => readFromFolder(folder, file) });
}

/** The file's bytes from a folder, under any of its usual names; undefined when none is there. */
export async function readFromFolder(folder: string, file: DataFile): Promise<Uint8Array | undefined> {
  for (const name of spellings(file.name)) {
    try {
      return await readBounded(resolve(folder, name), { most: file.bytes + GZIP_BYTES, links: true });
    } catch (error) {
      if (!isMissing(error)) throw new Error(`${name}: ${readingProblem(error)}`, { cause: error });
    }
  }
  return undefined;
}
