import { inflateSync } from 'node:zlib';
import { DataError } from '../../errors.js';

/** A picture as its file has it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] bytes: red, green, blue, alpha. */
  readonly rgba: Uint8Array;
}

/** More than any camera gives, and little enough to decode in memory. */
const MOST_MEGAPIXELS = 100;
const MOST_SIDE = 30_000;

/**
 * Decodes a PNG or JPEG file, told apart by its first bytes. `source` names it in errors.
 *
 * @throws {DataError} for anything else, a damaged file, or a picture that is too large to be one.
 */
export async function decodePicture(bytes: Uint8Array, source: string): Promise<Picture> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 0) throw new DataError(`${source} is empty`, { hint: HINT });
  if (buffer.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return decodePng(buffer, source);
  if (buffer.subarray(0, 3).toString('hex') === 'ffd8ff') return decodeJpeg(buffer, source);
  throw new DataError(`${source} is neither a PNG nor a JPEG picture`, { hint: HINT });
}

const HINT = 'Give a PNG or JPEG file, or the number of a test image.';

async function decodePng(bytes: Buffer, source: string): Promise<Picture> {
  // Before a byte is decompressed: the header, which comes first, says how large the picture claims to be.
  if (bytes.length < 24) throw damaged(source);
  requireSaneSize(bytes.readUInt32BE(16), bytes.readUInt32BE(20), source);
  const { PNG } = await import('pngjs');
  try {
    requireHonestPixels(bytes);
    const { width, height, data } = PNG.sync.read(bytes);
    return { width, height, rgba: data };
  } catch (cause) {
    throw damaged(source, cause);
  }
}

/**
 * pngjs inflates an interlaced picture's pixels whatever they come to: they may be no more than what its header says, at
 * 8 bytes a pixel and one a line in each of seven passes.
 *
 * @throws an error with code ERR_BUFFER_TOO_LARGE
 */
function requireHonestPixels(bytes: Buffer): void {
  const interlaced = bytes[28] === 1;
  if (!interlaced) return;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const compressed: Buffer[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') compressed.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  inflateSync(Buffer.concat(compressed), { maxOutputLength: width * height * 8 + 7 * (height + 1) });
}

async function decodeJpeg(bytes: Buffer, source: string): Promise<Picture> {
  const { decode } = await import('jpeg-js');
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      maxResolutionInMP: MOST_MEGAPIXELS,
      maxMemoryUsageInMB: 2048,
    });
    requireSaneSize(width, height, source);
    return { width, height, rgba: data };
  } catch (cause) {
    throw cause instanceof DataError ? cause : damaged(source, cause);
  }
}

function requireSaneSize(width: number, height: number, source: string): void {
  const sane = Math.min(width, height) > 0 && Math.max(width, height) <= MOST_SIDE;
  if (sane && width * height <= MOST_MEGAPIXELS * 1e6) return;
  throw new DataError(`${source} claims to be ${width}×${height} pixels`, {
    hint: `Scale it down: at most ${MOST_MEGAPIXELS} megapixels are read.`,
  });
}

function damaged(source: string, cause?: unknown): DataError {
  return new DataError(`${source} cannot be decoded: the picture is damaged or cut off`, { hint: HINT, cause });
}
