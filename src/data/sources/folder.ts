import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../files/errors.js';
import type { DataFile } from '../files.js';

/** As published, and as unzipped from Kaggle's copy, which has a dot where the others have a dash. */
function spellings(name: string): string[] {
  const dotted = name.replace('-idx', '.idx');
  return [name, `${name}.gz`, dotted, `${dotted}.gz`];
}

/** The file's bytes from a folder, under any of its usual names; undefined when none is there. */
export async function readFromFolder(folder: string, file: DataFile): Promise<Uint8Array | undefined> {
  for (const name of spellings(file.name)) {
    try {
      return await readFile(join(folder, name));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return undefined;
}
