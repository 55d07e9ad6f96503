import { DataError } from '../../errors.js';
import { FORMATS, MOST_MEGAPIXELS } from './formats.js';
import { orientationOf, upright } from './orientation.js';
import type { Picture, Size } from './picture.js';

const MOST_SIDE = 30_000;

/** A picture as it was seen, and what was done to it for that. */
export interface DecodedPicture extends Picture {
  readonly changes: readonly string[];
}

/**
 * Decodes a picture, whose kind is told by its first bytes. `source` names it in errors. It is turned upright where a
 * camera says that it lies.
 *
 * @throws {DataError} for anything else, a damaged file, or a picture that is too large to be one.
 */
export async function decodePicture(bytes: Uint8Array, source: string): Promise<DecodedPicture> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 0) throw new DataError(`${source} is empty`, { hint: PICTURE_HINT });
  const format = FORMATS.find(({ matches }) => matches(buffer));
  if (format === undefined) throw unreadable(buffer, source);
  // Before a byte is decompressed: the header says how large the picture claims to be.
  const claimed = format.size(buffer);
  if (claimed === undefined) throw damaged(source);
  requireSaneSize(claimed, source);
  const picture = await format.decode(buffer).catch((cause: unknown) => {
    throw damaged(source, cause);
  });
  requireSaneSize(picture, source);
  const exif = format.exif?.(buffer);
  const orientation = exif === undefined ? 1 : orientationOf(exif);
  const changes = orientation === 1 ? [] : ['turned upright (its EXIF orientation)'];
  return { ...upright(picture, orientation), changes };
}

/** What may be given as a picture. */
export const PICTURE_HINT = `Give a ${FORMATS.map(({ name }) => name).join(', ')} file, or the number of a test image.`;

/** Kinds that are known by name alone: how they begin, at which byte. */
const OTHERS: readonly (readonly [name: string, begins: RegExp])[] = [
  ['HEIC', /^.{4}ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)/s],
  ['AVIF', /^.{4}ftypavi[fs]/s],
  ['TIFF', /^(?:II\*\0|MM\0\*)/],
  ['SVG', /^(?:<\?xml[\s\S]*?)?\s*<svg/],
  ['PDF', /^%PDF/],
];

function unreadable(bytes: Buffer, source: string): DataError {
  const start = bytes.toString('latin1', 0, 400);
  const name = OTHERS.find(([, begins]) => begins.test(start))?.[0];
  if (name === undefined) return new DataError(`${source} is no picture of a known kind`, { hint: PICTURE_HINT });
  const how = name === 'HEIC' ? 'heif-convert, or sips on a Mac, writes JPEG' : 'ImageMagick’s convert writes PNG';
  return new DataError(`${source} is a ${name} picture, which cannot be read here`, {
    hint: `Convert it first: ${how}. ${PICTURE_HINT}`,
  });
}

function requireSaneSize({ width, height }: Size, source: string): void {
  const sane = Math.min(width, height) > 0 && Math.max(width, height) <= MOST_SIDE;
  if (sane && width * height <= MOST_MEGAPIXELS * 1e6) return;
  throw new DataError(`${source} claims to be ${width}×${height} pixels`, {
    hint: `Scale it down: at most ${MOST_MEGAPIXELS} megapixels are read.`,
  });
}

function damaged(source: string, cause?: unknown): DataError {
  return new DataError(`${source} cannot be decoded: the picture is damaged or cut off`, {
    hint: PICTURE_HINT,
    cause,
  });
}
