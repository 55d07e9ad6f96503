import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ErrorDetails, FmnistError } from '../errors.js';
import { errorCode } from './errors.js';

/**
 * A new folder among the system's temporary ones, for whoever makes it to remove.
 *
 * @throws a `Failure` where none can be made
 */
export function temporaryFolder(prefix: string, Failure: new (message: string, details: ErrorDetails) => FmnistError) {
  const folder = tmpdir();
  try {
    return mkdtempSync(path.join(folder, prefix));
  } catch (cause) {
    throw new Failure(`no temporary file can be written in ${folder} (${errorCode(cause) ?? cause})`, {
      hint: 'Set TMPDIR to a folder that is there and can be written.',
      cause,
    });
  }
}
