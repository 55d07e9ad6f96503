import { inflateSync } from 'node:zlib';
import type { PictureFormat, Size } from './picture.js';

/** Pictures of more pixels are not decoded; more than any camera gives, and little enough to decode in memory. */
export const MOST_MEGAPIXELS = 100;

const PNG: PictureFormat = {
  name: 'PNG',
  matches: (bytes) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  size: (bytes) => (bytes.length < 24 ? undefined : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }),
  exif: (bytes) => pngChunks(bytes).find(({ type }) => type === 'eXIf')?.data,
  decode: async (bytes) => {
    const { PNG } = await import('pngjs');
    requireHonestPixels(bytes);
    const { width, height, data } = PNG.sync.read(bytes);
    return { width, height, rgba: data };
  },
};

function pngChunks(bytes: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const chunks = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
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
  const compressed = pngChunks(bytes).flatMap(({ type, data }) => (type === 'IDAT' ? [data] : []));
  inflateSync(Buffer.concat(compressed), { maxOutputLength: width * height * 8 + 7 * (height + 1) });
}

const EXIF = 'Exif\0\0';

const JPEG: PictureFormat = {
  name: 'JPEG',
  matches: (bytes) => bytes.subarray(0, 3).toString('hex') === 'ffd8ff',
  size: (bytes) => {
    // SOF0 to SOF15, but for the tables that have their numbers.
    const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    const frame = jpegSegments(bytes).find(({ marker, data }) => isFrame(marker) && data.length >= 5)?.data;
    return frame && { height: frame.readUInt16BE(1), width: frame.readUInt16BE(3) };
  },
  exif: (bytes) =>
    jpegSegments(bytes)
      .find(({ marker, data }) => marker === 0xe1 && data.toString('latin1', 0, EXIF.length) === EXIF)
      ?.data.subarray(EXIF.length),
  decode: async (bytes) => {
    const { decode } = await import('jpeg-js');
    const limits = { maxResolutionInMP: MOST_MEGAPIXELS, maxMemoryUsageInMB: 2048 };
    const { width, height, data } = decode(bytes, { useTArray: true, ...limits });
    return { width, height, rgba: data };
  },
};

/** Those before the pixels. */
function jpegSegments(bytes: Buffer): { readonly marker: number; readonly data: Buffer }[] {
  const segments = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      // Any number of these may stand before a marker.
      at++;
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    if (marker === 0xda || length < 2) break;
    segments.push({ marker, data: bytes.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
  return segments;
}

const WEBP: PictureFormat = {
  name: 'WebP',
  matches: (bytes) =>
    bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.length >= 12 && bytes.toString('latin1', 8, 12) === 'WEBP',
  size: (bytes) => {
    for (const { type, data } of webpChunks(bytes)) {
      const size = data.length < 10 ? undefined : WEBP_SIZES[type]?.(data);
      if (size !== undefined) return size;
    }
    return undefined;
  },
  exif: (bytes) => {
    const data = webpChunks(bytes).find(({ type }) => type === 'EXIF')?.data;
    // Some writers put JPEG's marker before it.
    return data?.toString('latin1', 0, EXIF.length) === EXIF ? data.subarray(EXIF.length) : data;
  },
  decode: async (bytes) => {
    const { default: webp } = await import('@cwasm/webp');
    return pictureOf(webp.decode(bytes));
  },
};

/** As https://developers.google.com/speed/webp/docs/riff_container has them, and RFC 6386 section 9.1. */
const WEBP_SIZES: Readonly<Record<string, (data: Buffer) => Size>> = {
  VP8X: (data) => ({ width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 }),
  VP8L: (data) => {
    const bits = data.readUInt32LE(1);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  },
  'VP8 ': (data) => ({ width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff }),
};

function webpChunks(bytes: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const chunks = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    chunks.push({ type: bytes.toString('latin1', at, at + 4), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

const GIF: PictureFormat = {
  name: 'GIF',
  matches: (bytes) => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6)),
  size: (bytes) => {
    const frame = firstFrame(bytes);
    if (frame === undefined) return undefined;
    const [left, top, width, height] = [0, 2, 4, 6].map((at) => bytes.readUInt16LE(frame + at));
    // A frame may be larger than the screen that it is for; the screen grows then.
    return {
      width: Math.max(bytes.readUInt16LE(6), (left ?? 0) + (width ?? 0)),
      height: Math.max(bytes.readUInt16LE(8), (top ?? 0) + (height ?? 0)),
    };
  },
  decode: async (bytes) => {
    const { default: gif } = await import('@cwasm/nsgif');
    return pictureOf(gif.decode(bytes));
  },
};

const [GIF_EXTENSION, GIF_FRAME] = [0x21, 0x2c];

/** Where the first frame's place and size stand (GIF89a, sections 18 to 24). */
function firstFrame(bytes: Buffer): number | undefined {
  const flags = bytes[10];
  if (bytes.length < 13 || flags === undefined) return undefined;
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (bytes[at] === GIF_EXTENSION) {
    at += 2;
    while ((bytes[at] ?? 0) > 0) at += (bytes[at] ?? 0) + 1;
    at++;
  }
  return bytes[at] === GIF_FRAME && at + 9 < bytes.length ? at + 1 : undefined;
}

const BMP: PictureFormat = {
  name: 'BMP',
  matches: (bytes) => bytes.toString('latin1', 0, 2) === 'BM',
  size: (bytes) => {
    if (bytes.length < 26) return undefined;
    const old = bytes.readUInt32LE(14) === 12;
    if (old) return { width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) };
    // From the top down where it is negative.
    return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) };
  },
  decode: async (bytes) => {
    const { default: bmp } = await import('@cwasm/nsbmp');
    return pictureOf(bmp.decode(bytes));
  },
};

function pictureOf({ width, height, data }: Size & { readonly data: Uint8ClampedArray }) {
  return { width, height, rgba: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

export const FORMATS: readonly PictureFormat[] = [PNG, JPEG, WEBP, GIF, BMP];
