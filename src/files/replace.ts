import { promises as fs } from 'node:fs';
import { isMissing } from './errors.js';
import { nodeFileSystem, writeAtomically } from './file-system.js';

/**
 * Writes a file that a user named: as a whole or not at all, where a link leads it. A device or pipe is written to as it
 * is, since putting a file in its place would remove it.
 */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const stat = await fs.stat(file).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (stat !== undefined && !stat.isFile()) return fs.writeFile(file, bytes);
  await writeAtomically(nodeFileSystem, stat === undefined ? file : await fs.realpath(file), [bytes]);
}
