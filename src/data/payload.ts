import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { DataFile } from '../datasets/spec.js';
import { hasCode } from '../files/errors.js';
import { grouped } from '../text.js';

const inflate = promisify(gunzip);

/** Why some bytes are not the file that they should be; the source that gave them is passed over. */
export class WrongPayload extends Error {}

/**
 * A file's payload from what a source gave, gzipped or not, checked against its SHA-256. Inflation stops at the
 * known size, so a decompression bomb costs no more memory than the real file.
 *
 * @param lookalike what a file of the right size with another hash probably is
 * @throws WrongPayload
 */
export async function verifiedPayload(file: DataFile, bytes: Uint8Array, lookalike?: string): Promise<Uint8Array> {
  const payload = isGzip(bytes) ? await inflateCapped(file, bytes) : bytes;
  if (payload.length !== file.bytes) {
    throw new WrongPayload(
      `it has ${grouped(payload.length)} bytes instead of ${grouped(file.bytes)}${lookAt(payload)}`,
    );
  }
  const sha256 = createHash('sha256').update(payload).digest('hex');
  if (sha256 !== file.sha256) {
    throw new WrongPayload(
      `it has the right size but other content (SHA-256 ${sha256.slice(0, 12)}…, expected ${file.sha256.slice(0, 12)}…): damaged, or ${lookalike ?? 'another file of the same name'}`,
    );
  }
  return payload;
}

async function inflateCapped(file: DataFile, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await inflate(bytes, { maxOutputLength: file.bytes });
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE'))
      throw new WrongPayload(`it inflates to more than ${grouped(file.bytes)} bytes`);
    throw new WrongPayload(
      hasCode(error, 'Z_BUF_ERROR') ? `it is cut off at ${grouped(bytes.length)} bytes` : 'its gzip data is damaged',
    );
  }
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A proxy's or portal's login page is the usual surprise. */
function lookAt(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart().toLowerCase();
  return start.startsWith('<!doctype') || start.startsWith('<html') ? ' (it is a web page)' : '';
}
