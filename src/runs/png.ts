import { PNG } from 'pngjs';
import type { Image } from '../image.js';

/** An image as a PNG file. */
export function encodePng({ shape, pixels }: Image): Uint8Array {
  const [height, width, channels] = shape;
  const png = new PNG({ width, height });
  png.data.fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) png.data[i * 4 + c] = pixels[i * channels + Math.min(c, channels - 1)] ?? 0;
  }
  return PNG.sync.write(png, { colorType: 2, inputHasAlpha: true });
}
