import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { hasCode } from './errors.js';

/** A file's SHA-256 in hex; undefined where there is no such file. */
export async function sha256(file: string): Promise<string | undefined> {
  try {
    return await sha256Of(createReadStream(file, { highWaterMark: 1 << 20 }));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The SHA-256 in hex of what comes in chunks. */
export async function sha256Of(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
