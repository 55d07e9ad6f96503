import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/data/pictures/decode.js';
import type { Picture } from '../../src/data/pictures/picture.js';
import { prepareImage } from '../../src/data/pictures/prepare.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import { DataError } from '../../src/errors.js';

/** What is made of a picture for Fashion-MNIST. */
function prepared(picture: Picture) {
  const { image, changes } = prepareImage(picture, fashionMnist);
  return { image: image.pixels, changes };
}

type Colour = readonly [number, number, number, number];

/** A picture painted pixel by pixel. */
function painted(width: number, height: number, colour: (x: number, y: number) => Colour): Picture {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set(colour(i % width, Math.floor(i / width)), 4 * i);
  return { width, height, rgba };
}
function png({ width, height, rgba }: Picture): Buffer {
  const file = new PNG({ width, height });
  file.data.set(rgba);
  return PNG.sync.write(file);
}
const grey = (value: number): Colour => [value, value, value, 255];
/** A box of one colour amid another. */
const box =
  (inside: Colour, outside: Colour, [left, top, right, bottom]: readonly number[]) =>
  (x: number, y: number) =>
    x >= (left ?? 0) && x < (right ?? 0) && y >= (top ?? 0) && y < (bottom ?? 0) ? inside : outside;
const at = (image: Uint8Array, x: number, y: number) => image[y * 28 + x];

describe('a picture to predict', () => {
  it('of 28×28, bright on black, is taken as it is', async () => {
    const picture = painted(28, 28, (x, y) => grey(x > 3 && x < 24 && y > 3 ? x * 7 + y : 0));
    const { image, changes } = prepared(await decodePicture(png(picture), 'x.png'));
    expect(changes).toEqual([]);
    expect([...image]).toEqual([...picture.rgba].filter((_, i) => i % 4 === 0));
  });

  it('of a dark garment on white is inverted, cut, scaled and centred, and says so', async () => {
    const picture = painted(200, 300, box(grey(40), grey(255), [50, 60, 110, 180]));
    const { image, changes } = prepared(await decodePicture(png(picture), 'x.png'));
    expect(changes).toEqual(['inverted (its background is bright)', 'cut to 60×120', 'scaled to 14×28']);
    expect([at(image, 6, 14), at(image, 7, 14), at(image, 20, 14), at(image, 21, 14)]).toEqual([0, 215, 215, 0]);
    expect([at(image, 14, 0), at(image, 14, 27)]).toEqual([215, 215]);
  });

  it('in colour is greyed by its luma, as a JPEG too', async () => {
    const picture = painted(64, 64, box([255, 0, 0, 255], grey(0), [8, 8, 56, 56]));
    const bytes = jpeg.encode({ width: 64, height: 64, data: Buffer.from(picture.rgba) }, 95).data;
    const { image, changes } = prepared(await decodePicture(bytes, 'x.jpg'));
    expect(changes[0]).toBe('greyed');
    expect(Math.abs((at(image, 14, 14) ?? 0) - 76)).toBeLessThan(4);
  });

  it('that is transparent is laid on what it stands out from', () => {
    for (const value of [20, 240]) {
      const { image, changes } = prepared(painted(56, 56, box(grey(value), [0, 0, 0, 0], [10, 10, 46, 46])));
      expect(changes[0]).toBe(`laid on ${value < 128 ? 'white' : 'black'} (it is transparent)`);
      expect(at(image, 14, 14)).toBeGreaterThan(200);
    }
  });

  it('is averaged over areas, not sampled', () => {
    const { image } = prepared(painted(280, 280, (x, y) => grey(x === 0 || y === 0 ? 0 : ((x + y) % 2) * 200)));
    expect(at(image, 14, 14)).toBe(100);
  });

  it('for a data set in colour keeps its colours: only the middle is cut out and scaled', () => {
    const target = { imageShape: [8, 16, 3], onBlack: false } as const;
    const halves = painted(64, 64, (x) => (x < 32 ? [200, 10, 30, 255] : [0, 100, 250, 255]));
    const { image, changes } = prepareImage(halves, target);
    expect(changes).toEqual(['cut to 64×32 (its middle)', 'scaled to 16×8']);
    expect(image.shape).toEqual([8, 16, 3]);
    expect([...image.pixels.subarray(0, 3)]).toEqual([200, 10, 30]);
    expect([...image.pixels.subarray(45, 48)]).toEqual([0, 100, 250]);
    const fitting = painted(16, 8, () => [250, 240, 230, 255]);
    expect(prepareImage(fitting, target).changes).toEqual([]);
  });

  it('for grey images of another kind is greyed, not inverted', () => {
    const { image, changes } = prepareImage(
      painted(32, 32, () => [255, 200, 255, 255]),
      { imageShape: [8, 8, 1], onBlack: false },
    );
    expect(changes).toEqual(['greyed', 'scaled to 8×8']);
    expect(new Set(image.pixels)).toEqual(new Set([223]));
  });

  it('of any size gives 28×28', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), fc.nat(), (width, height, salt) => {
        const { image } = prepared(painted(width, height, (x, y) => grey((x * 31 + y * 17 + salt) % 256)));
        expect(image).toHaveLength(784);
      }),
    );
  });

  it('of one colour alone is no trouble', () => {
    expect(new Set(prepared(painted(40, 10, () => grey(255))).image)).toEqual(new Set([0]));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /empty/],
    ['a text', Buffer.from('hello'), /no picture of a known kind/],
    [
      'a HEIC photo',
      Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'),
      /is a HEIC picture, which cannot be read here/,
    ],
    ['half a WebP', Buffer.from('RIFF\x40\0\0\0WEBPVP8L\x30\0\0\0\x2f\x09\x40\x02\0', 'latin1'), /cannot be decoded/],
    ['half a GIF', Buffer.from('GIF89a\x05\0\x05\0\0\0\0\x2c\0\0', 'latin1'), /cannot be decoded/],
    ['half a BMP', Buffer.from('BM\x40\0\0\0', 'latin1'), /cannot be decoded/],
    ['half a PNG', png(painted(50, 50, (x) => grey(x))).subarray(0, 90), /cannot be decoded/],
    ['a header alone', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /cannot be decoded/],
    ['half a JPEG', Buffer.from('ffd8ffe000104a46', 'hex'), /cannot be decoded/],
  ])('is refused in one line if it is %s', async (_, bytes, message) => {
    const error = await decodePicture(bytes, 'x').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toMatch(message);
  });

  it('that claims to be huge is refused before it is unpacked', async () => {
    const bytes = png(painted(2, 2, () => grey(0)));
    bytes.writeUInt32BE(29_000, 16);
    bytes.writeUInt32BE(29_000, 20);
    await expect(decodePicture(bytes, 'x.png')).rejects.toThrow('claims to be 29000×29000');
  });

  it('that is damaged anywhere is decoded or refused, never a crash', async () => {
    const picture = painted(20, 20, (x, y) => [x * 9, y * 9, 90, 255]);
    const files = [png(picture), jpeg.encode({ width: 20, height: 20, data: Buffer.from(picture.rgba) }, 80).data];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.nat(), fc.nat(255), async (file, where, value) => {
        const bytes = Buffer.from(file);
        bytes[where % bytes.length] = value;
        const outcome = await decodePicture(bytes, 'x').catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DataError);
      }),
      { numRuns: 500 },
    );
  });
});

const fixture = (name: string) => readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url));

/** A JPEG file of a picture with EXIF data that say how the camera was held. */
function exifJpeg({ width, height, rgba }: Picture, orientation: number, order: 'II' | 'MM'): Buffer {
  const bytes = jpeg.encode({ width, height, data: Buffer.from(rgba) }, 95).data;
  const exif = Buffer.alloc(6 + 8 + 2 + 12 + 4);
  exif.write(`Exif\0\0${order}`, 'latin1');
  const short = (value: number, at: number) =>
    order === 'II' ? exif.writeUInt16LE(value, at) : exif.writeUInt16BE(value, at);
  const long = (value: number, at: number) =>
    order === 'II' ? exif.writeUInt32LE(value, at) : exif.writeUInt32BE(value, at);
  short(42, 8);
  long(8, 10);
  short(1, 14);
  short(0x0112, 16);
  short(3, 18);
  long(1, 20);
  short(orientation, 24);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([bytes.subarray(0, 2), marker, exif, bytes.subarray(2)]);
}

describe('a picture of another kind than PNG', () => {
  it.each(['boxes-lossless.webp', 'boxes.gif', 'boxes.bmp'])('is the same to the pixel: %s', async (name) => {
    const [{ changes: _, ...png }, { changes, ...other }] = [
      await decodePicture(fixture('boxes.png'), 'boxes.png'),
      await decodePicture(fixture(name), name),
    ];
    expect({ ...other, rgba: [...other.rgba] }).toEqual({ ...png, rgba: [...png.rgba] });
    expect(changes).toEqual([]);
  });

  it('is the same but for its losses', async () => {
    const png = await decodePicture(fixture('boxes.png'), 'boxes.png');
    const webp = await decodePicture(fixture('boxes-lossy.webp'), 'boxes-lossy.webp');
    expect([webp.width, webp.height]).toEqual([30, 20]);
    const differences = png.rgba.map((value, i) => Math.abs(value - (webp.rgba[i] ?? 0)));
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(8);
  });

  it.each<[string, string, (bytes: Buffer) => void]>([
    ['WebP', 'boxes-lossless.webp', (bytes) => bytes.writeUInt32LE(0x0fffffff, 21)],
    ['GIF', 'boxes.gif', (bytes) => bytes.writeUInt32LE(0xffffffff, 6)],
    ['BMP', 'boxes.bmp', (bytes) => bytes.writeInt32LE(29_000, 18) && bytes.writeInt32LE(-29_000, 22)],
  ])('that claims to be huge is refused before it is decoded: %s', async (_, name, claim) => {
    const bytes = fixture(name);
    claim(bytes);
    await expect(decodePicture(bytes, name)).rejects.toThrow(/claims to be \d{5}×\d{5} pixels/);
  });

  it('likewise a JPEG', async () => {
    const bytes = exifJpeg(
      painted(8, 8, () => grey(0)),
      1,
      'MM',
    );
    const frame = bytes.indexOf(Buffer.from('ffc0', 'hex'));
    bytes.writeUInt32BE(0xffffffff, frame + 5);
    await expect(decodePicture(bytes, 'x.jpg')).rejects.toThrow('claims to be 65535×65535 pixels');
  });

  it('that is damaged anywhere is decoded or refused, never a crash', async () => {
    const files: Buffer[] = ['boxes-lossless.webp', 'boxes-lossy.webp', 'boxes.gif', 'boxes.bmp'].map(fixture);
    files.push(
      exifJpeg(
        painted(20, 20, (x) => grey(9 * x)),
        6,
        'II',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.nat(), fc.nat(255), async (file, where, value) => {
        const bytes = Buffer.from(file);
        bytes[where % bytes.length] = value;
        const outcome = await decodePicture(bytes, 'x').catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DataError);
      }),
      { numRuns: 300 },
    );
  });
});

/** Where the first pixel of the first row and the last of it are seen, as EXIF 2.32 says of each value of Orientation. */
const SEEN = [
  ['top left', 'top right'],
  ['top right', 'top left'],
  ['bottom right', 'bottom left'],
  ['bottom left', 'bottom right'],
  ['top left', 'bottom left'],
  ['top right', 'bottom right'],
  ['bottom right', 'top right'],
  ['bottom left', 'top left'],
] as const;

describe('a photo that lies', () => {
  it.each(SEEN.map((corners, i) => [i + 1, ...corners] as const))(
    'is turned upright: orientation %i has its first pixel at the %s, the end of its row at the %s',
    async (orientation, first, end) => {
      const stored = painted(48, 32, (x, y) => (y >= 8 ? grey(0) : x < 8 ? grey(255) : x >= 40 ? grey(128) : grey(0)));
      for (const order of ['II', 'MM'] as const) {
        const seen = await decodePicture(exifJpeg(stored, orientation, order), 'x.jpg');
        expect([seen.width, seen.height]).toEqual(orientation < 5 ? [48, 32] : [32, 48]);
        expect(seen.changes).toEqual(orientation === 1 ? [] : ['turned upright (its EXIF orientation)']);
        const corner = (where: string) => {
          const x = where.endsWith('left') ? 2 : seen.width - 3;
          const y = where.startsWith('top') ? 2 : seen.height - 3;
          return seen.rgba[4 * (y * seen.width + x)] ?? 0;
        };
        expect(corner(first)).toBeGreaterThan(240);
        expect(Math.abs(corner(end) - 128)).toBeLessThan(15);
      }
    },
  );
});
