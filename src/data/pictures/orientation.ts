import type { Picture } from './picture.js';

const ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;

/** How a camera was held, 1 (upright) to 8, as EXIF data say (tag 0x0112 of the first directory, EXIF 2.32 section 4.6.4). */
export function orientationOf(exif: Buffer): number {
  const order = exif.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const small = order === 'II';
  const short = (at: number) => (small ? exif.readUInt16LE(at) : exif.readUInt16BE(at));
  const long = (at: number) => (small ? exif.readUInt32LE(at) : exif.readUInt32BE(at));
  try {
    const directory = long(4);
    const entries = short(directory);
    for (let i = 0; i < entries; i++) {
      const entry = directory + 2 + i * ENTRY_BYTES;
      if (short(entry) !== ORIENTATION) continue;
      const value = short(entry + 8);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // What points out of its data says nothing.
  }
  return 1;
}

/** Where the pixel at (x, y) of an upright picture of this width and height lies in the one that the camera wrote. */
type Origin = (x: number, y: number, width: number, height: number) => readonly [x: number, y: number];

const ORIGINS: Readonly<Record<number, Origin>> = {
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _width, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, width) => [y, width - 1 - x],
  7: (x, y, width, height) => [height - 1 - y, width - 1 - x],
  8: (x, y, _width, height) => [height - 1 - y, x],
};

/** The picture as it was seen, of one that was taken in this orientation. */
export function upright(picture: Picture, orientation: number): Picture {
  const origin = ORIGINS[orientation];
  if (origin === undefined) return picture;
  const lying = orientation >= 5;
  const [width, height] = lying ? [picture.height, picture.width] : [picture.width, picture.height];
  const pixels = new Uint32Array(width * height);
  const { rgba } = picture;
  // A copy where the bytes do not begin at a multiple of four.
  const aligned = rgba.byteOffset % 4 === 0 ? rgba : rgba.slice();
  const source = new Uint32Array(aligned.buffer, aligned.byteOffset, picture.width * picture.height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, row] = origin(x, y, width, height);
      pixels[y * width + x] = source[row * picture.width + from] ?? 0;
    }
  }
  return { width, height, rgba: new Uint8Array(pixels.buffer) };
}
