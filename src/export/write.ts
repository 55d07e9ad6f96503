import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors.js';
import { errorCode, isMissing } from '../files/errors.js';
import { nodeFileSystem, writeAtomically } from '../files/file-system.js';
import { makeFolder } from '../files/make-folder.js';
import type { ExportedFile } from './format.js';

export interface WriteOptions {
  readonly kind: 'file' | 'folder';
  /** Whether what is there already may be replaced. */
  readonly force: boolean;
}

/**
 * Writes an export as a whole: whoever looks at `target` finds nothing (or what was there) or all of it.
 *
 * @returns bytes written
 * @throws DataError when something is there already, or the disk does not take it
 */
export async function writeExport(
  target: string,
  files: readonly ExportedFile[],
  { kind, force }: WriteOptions,
): Promise<number> {
  const there = await requireFree(target, kind, force);
  if (there && kind === 'folder') await requireExport(target, files);
  try {
    await makeFolder(path.dirname(target));
    if (kind === 'folder') await writeFolder(target, files, there);
    else for (const { chunks } of files) await writeAtomically(nodeFileSystem, target, chunks);
  } catch (error) {
    throw new DataError(`${target} cannot be written: ${errorCode(error) ?? String(error)}`, {
      hint: 'Make room, give yourself the right to write there, or choose another place with --out.',
      cause: error,
    });
  }
  return files.flatMap(({ chunks }) => chunks).reduce((sum, { length }) => sum + length, 0);
}

/**
 * Before anything is computed: whether the export has a place to go to.
 *
 * @returns whether something there is to be replaced
 */
export async function requireFree(target: string, kind: 'file' | 'folder', force: boolean): Promise<boolean> {
  const found = await fs.lstat(target).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw new DataError(`${target} cannot be written: ${errorCode(error)}`, { cause: error });
  });
  if (found === undefined) return false;
  if (!force) {
    throw new DataError(`${target} is there already`, { hint: 'Replace it with --force, or name another with --out.' });
  }
  // A folder in place of a file, or a file in place of a folder, is not an older export: a wrong path most likely.
  if (kind === 'folder' ? found.isDirectory() : found.isFile()) return true;
  throw new DataError(`${target} is there already and is no ${kind}`, { hint: 'Name another place with --out.' });
}

/** @throws DataError where a folder to be replaced holds anything that an earlier export would not: it would be gone. */
async function requireExport(target: string, files: readonly ExportedFile[]): Promise<void> {
  // How many pieces the weights are cut into differs.
  const counted = (name = '') => name.replaceAll(/\d+/g, '#');
  const ours = new Set(files.map((file) => counted(file.path.split('/')[0])));
  const foreign = (await fs.readdir(target)).find((name) => !ours.has(counted(name)));
  if (foreign === undefined) return;
  throw new DataError(`${target} holds ${foreign}, which no export of this kind writes`, {
    hint: 'A folder is replaced whole: move it away, or name another with --out.',
  });
}

async function writeFolder(target: string, files: readonly ExportedFile[], there: boolean): Promise<void> {
  // Random, since process numbers repeat across containers.
  const own = randomBytes(6).toString('hex');
  const partial = `${path.resolve(target)}.partial-${own}`;
  const old = `${path.resolve(target)}.old-${own}`;
  try {
    await fs.mkdir(partial);
    for (const file of files) {
      const place = path.join(partial, file.path);
      await makeFolder(path.dirname(place));
      await writeAtomically(nodeFileSystem, place, file.chunks);
    }
    if (there) await fs.rename(target, old);
    await fs.rename(partial, target);
  } catch (error) {
    await fs.rm(partial, { recursive: true, force: true });
    // Where it was moved aside already.
    await fs.rename(old, target).catch(() => {});
    throw error;
  }
  await fs.rm(old, { recursive: true, force: true });
}
