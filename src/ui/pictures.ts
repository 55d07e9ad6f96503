import { writeFile } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import type { GridOptions, Picture } from './images.js';
import { terminalWidth } from './terminal.js';

/** A data set's image as a picture, [28, 28] bytes. */
export function toPicture(pixels: Uint8Array, label?: string): Picture {
  return { pixels, width: 28, height: 28, ...(label === undefined ? {} : { label }) };
}

/** Columns of stdout that may be used: all but the last, since some terminals wrap a line that ends there. */
export function outputWidth(): number {
  return terminalWidth(process.stdout, process.env) - 1;
}

/** Draws pictures on stdout, as large and as finely as the terminal can. */
export async function showPictures(pictures: readonly Picture[], grid: Pick<GridOptions, 'columns' | 'minimum'>) {
  const { renderGrid } = await import('./images.js');
  const { colourMode } = await import('./pixels.js');
  const mode = colourMode(process.stdout, process.env);
  process.stdout.write(renderGrid(pictures, { ...grid, width: outputWidth(), mode }));
}

/**
 * Writes pictures as one PNG file.
 * @throws UsageError when the file cannot be written
 */
export async function writePng(path: string, pictures: readonly Picture[], columns: number): Promise<void> {
  const { renderPng } = await import('./png.js');
  const png = renderPng(pictures, { columns, scale: 6 });
  await writeFile(path, png).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--png ${path} cannot be written (${error.code})`, {
      hint: 'Name a file in a folder that exists and may be written.',
      cause: error,
    });
  });
}
