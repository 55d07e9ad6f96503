import { promises as fs } from 'node:fs';
import { DataError } from '../errors.js';
import { errorCode, hasCode } from '../files/errors.js';

/**
 * Parses a file of a run.
 *
 * @throws {DataError} when it is missing or no JSON.
 */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await fs.readFile(file, 'utf8').catch((cause: unknown) => {
    const reason = hasCode(cause, 'ENOENT') ? 'is missing' : `cannot be read (${errorCode(cause)})`;
    throw new DataError(`${file} ${reason}`, { hint: 'The run is incomplete.', cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${file} is not JSON`, { hint: 'The file is damaged.', cause });
  }
}
