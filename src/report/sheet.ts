import { PNG } from 'pngjs';
import type { Sheet } from './schema.js';

const COLUMNS = 32;

/** Pictures of one size: grey, or red, green and blue where there are three channels. */
export interface Tiles {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [count, height, width, channels]. */
  readonly pixels: Uint8Array;
}

/** Puts pictures side by side into one PNG: one file compresses better than many and is decoded once. */
export function toSheet({ width, height, channels, pixels }: Tiles, columns = COLUMNS): Sheet {
  const size = width * height;
  const count = pixels.length / (size * channels);
  const across = Math.min(columns, Math.max(1, count));
  const png = new PNG({ width: across * width, height: Math.max(1, Math.ceil(count / across)) * height });
  png.data.fill(255);
  for (let i = 0; i < count * size; i++) {
    const [tile, at] = [Math.floor(i / size), i % size];
    const x = (tile % across) * width + (at % width);
    const y = Math.floor(tile / across) * height + Math.floor(at / width);
    for (let c = 0; c < 3; c++) {
      png.data[(y * png.width + x) * 4 + c] = pixels[i * channels + (channels === 3 ? c : 0)] ?? 0;
    }
  }
  const bytes = PNG.sync.write(png, { colorType: channels === 1 ? 0 : 2, inputHasAlpha: true, deflateLevel: 9 });
  return { width, height, columns: across, count, png: `data:image/png;base64,${bytes.toString('base64')}` };
}
