import { promises as fs } from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { lockRun } from './lock.js';
import { moveLatestOn } from './names.js';

/**
 * Removes a run's folder, as {@link import('./names.js').findRun} gave it. Where `latest` named it, that moves on to the newest that is left.
 *
 * @throws {DataError} while a process trains it, or when it cannot be removed.
 */
export async function removeRun(folder: string): Promise<void> {
  // The lock would be taken where a link leads.
  const found = await fs.lstat(folder).catch(() => undefined);
  if (found?.isSymbolicLink()) throw new DataError(`${folder} is a link, and no run`, { hint: 'Remove it yourself.' });
  const lock = await lockRun(folder);
  try {
    await fs.rm(folder, { recursive: true });
  } catch (cause) {
    throw new DataError(`${folder} cannot be removed (${errorCode(cause)})`, { cause });
  } finally {
    await lock.release().catch(() => {});
  }
  await moveLatestOn(path.dirname(folder));
}
