import { UsageError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { replaceFile } from '../files/replace.js';

/**
 * Writes the file that a flag asks for, as a whole or not at all.
 *
 * @throws UsageError when the file cannot be written
 */
export async function saveOutput(flag: string, path: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(path, bytes).catch((cause: unknown) => {
    throw new UsageError(`--${flag} ${path} cannot be written (${errorCode(cause) ?? cause})`, {
      hint: 'Name a file in a folder that exists and may be written.',
      cause,
    });
  });
}
