import { PNG } from 'pngjs';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyph } from './glyphs.js';
import type { Picture } from './images.js';
import { colourAt } from './pixels.js';

export interface PngOptions {
  readonly columns: number;
  /** PNG pixels across one pixel of a picture. */
  readonly scale: number;
}

const MARGIN = 12;
const GROUND = 255;
const INK = 32;
/** PNG pixels across one dot of a letter. */
const DOT = 2;

/** The same grid as a PNG file: pictures enlarged without smoothing on white, labels in black under them. */
export function renderPng(pictures: readonly Picture[], { columns, scale }: PngOptions): Buffer {
  const labelled = pictures.some(({ label }) => label !== undefined);
  const across = Math.min(columns, Math.max(1, pictures.length));
  const cellWidth = Math.max(...pictures.map(({ shape }) => shape[1]), 1) * scale;
  const cellHeight = Math.max(...pictures.map(({ shape }) => shape[0]), 1) * scale;
  const stepDown = cellHeight + (labelled ? (GLYPH_HEIGHT + 3) * DOT : 0) + MARGIN;
  const canvas = new Canvas(
    MARGIN + across * (cellWidth + MARGIN),
    MARGIN + Math.ceil(pictures.length / across) * stepDown,
  );
  for (const [i, picture] of pictures.entries()) {
    const x = MARGIN + (i % across) * (cellWidth + MARGIN);
    const y = MARGIN + Math.floor(i / across) * stepDown;
    canvas.picture(picture, x, y, scale);
    canvas.text(picture.label ?? '', x, y + cellHeight + 2 * DOT, Math.floor(cellWidth / ((GLYPH_WIDTH + 1) * DOT)));
  }
  return canvas.encode(pictures.every(({ shape }) => shape[2] === 1));
}

class Canvas {
  readonly #png: PNG;

  constructor(width: number, height: number) {
    this.#png = new PNG({ width, height });
    this.#png.data.fill(GROUND);
  }

  picture(picture: Picture, x: number, y: number, scale: number): void {
    const [height, width] = picture.shape;
    for (let row = 0; row < height; row++) {
      for (let col = 0; col < width; col++) {
        this.#square(x + col * scale, y + row * scale, scale, colourAt(picture, row, col));
      }
    }
  }

  text(text: string, x: number, y: number, longest: number): void {
    for (const [i, character] of [...text.slice(0, longest)].entries()) {
      for (const [col, row] of glyph(character)) {
        this.#square(x + (i * (GLYPH_WIDTH + 1) + col) * DOT, y + row * DOT, DOT, [INK, INK, INK]);
      }
    }
  }

  /** `grey` writes one channel instead of three. */
  encode(grey: boolean): Buffer {
    return PNG.sync.write(this.#png, { colorType: grey ? 0 : 2 });
  }

  #square(x: number, y: number, side: number, colour: readonly number[]): void {
    for (let row = y; row < y + side; row++) {
      const start = (row * this.#png.width + x) * 4;
      for (let at = start; at < start + side * 4; at += 4) this.#png.data.set(colour, at);
    }
  }
}
