import type { GridOptions, Picture } from './images.js';
import { type Canvas, viewOf } from './terminal.js';

/** Draws pictures on stdout, as large and as finely as the terminal can. */
export async function showPictures(
  canvas: Canvas,
  pictures: readonly Picture[],
  grid: Pick<GridOptions, 'columns' | 'minimum'>,
): Promise<void> {
  const { renderGrid } = await import('./images.js');
  const { columns, pictures: mode } = await viewOf(canvas);
  // All columns but the last: some terminals wrap a line that ends there.
  canvas.stdout.write(renderGrid(pictures, { ...grid, width: columns - 1, mode }));
}

/** Pictures as one PNG file. */
export async function toPng(pictures: readonly Picture[], columns: number): Promise<Uint8Array> {
  const { renderPng } = await import('./png.js');
  return renderPng(pictures, { columns, scale: 6 });
}
