import { UsageError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { replaceFile } from '../files/replace.js';

/**
 * Writes what `--png` asks for, as a whole or not at all.
 *
 * @throws UsageError when the file cannot be written
 */
export async function savePicture(path: string, png: Uint8Array): Promise<void> {
  await replaceFile(path, png).catch((cause: unknown) => {
    throw new UsageError(`--png ${path} cannot be written (${errorCode(cause) ?? cause})`, {
      hint: 'Name a file in a folder that exists and may be written.',
      cause,
    });
  });
}
