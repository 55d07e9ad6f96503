import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { hasCode } from '../../../files/errors.js';

/** A file's SHA-256 in hex; undefined where there is no such file. */
export async function sha256(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  return hash.digest('hex');
}
