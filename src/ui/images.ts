import type { Image } from '../image.js';
import { cut, padEnd } from './lines.js';
import { type ColourMode, toAscii, toHalfBlocks } from './pixels.js';
import { resize } from './resize.js';

/** An image and what to write under it, in one line or several. */
export interface Picture extends Image {
  readonly label?: string;
}

export interface GridOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly mode: ColourMode;
  /** Pictures side by side, where they fit. */
  readonly columns: number;
  /** Pictures keep at least this many pixels across; rather than less, fewer stand side by side. */
  readonly minimum?: number;
}

const GAP = 2;
const READABLE = 14;

/** Pictures side by side, labels under them, no line wider than the terminal; pictures shrink to fit. */
export function renderGrid(pictures: readonly Picture[], options: GridOptions): string {
  const { columns, cell } = fitGrid(pictures, options);
  const rows: string[] = [];
  for (let start = 0; start < pictures.length; start += columns) {
    rows.push(...renderRow(pictures.slice(start, start + columns), cell, options.mode));
  }
  return `${rows.join('\n')}\n`;
}

/** How many pictures stand side by side, and how many pixels (= characters) wide each is drawn. */
function fitGrid(pictures: readonly Picture[], { width, columns, minimum = READABLE }: GridOptions) {
  const widest = Math.max(1, ...pictures.map(({ shape }) => shape[1]));
  const smallest = Math.min(minimum, widest);
  const most = Math.max(1, Math.floor((width + GAP) / (smallest + GAP)));
  const fitting = Math.min(columns, most, Math.max(1, pictures.length));
  const room = Math.floor((width + GAP) / fitting) - GAP;
  return { columns: fitting, cell: Math.max(1, Math.min(widest, room)) };
}

function renderRow(pictures: readonly Picture[], cell: number, mode: ColourMode): string[] {
  const drawn = pictures.map((picture) => {
    const [rows, columns] = picture.shape;
    const image = resize(picture, cell, Math.max(1, Math.round((rows * cell) / columns)));
    return mode === 'ascii' ? toAscii(image) : toHalfBlocks(image, mode);
  });
  const tallest = Math.max(...drawn.map((lines) => lines.length));
  const gap = ' '.repeat(GAP);
  const lines = Array.from({ length: tallest }, (_, i) => drawn.map((d) => d[i] ?? ' '.repeat(cell)).join(gap));
  const labels = pictures.map(({ label }) => label?.split('\n') ?? []);
  const highest = Math.max(...labels.map((label) => label.length));
  const labelled = Array.from({ length: highest }, (_, i) =>
    labels
      .map((label) => padEnd(cut(label[i] ?? '', cell), cell))
      .join(gap)
      .trimEnd(),
  );
  return [...lines, ...labelled, ''];
}
