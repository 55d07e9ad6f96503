import type { Image } from '../image.js';

/** The image at another size, each new pixel the mean of the area that it covers. */
export function resize(image: Image, width: number, height: number): Image {
  const [rows, columns, channels] = image.shape;
  if (width === columns && height === rows) return image;
  const pixels = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const top = (row * rows) / height;
    const bottom = ((row + 1) * rows) / height;
    for (let column = 0; column < width; column++) {
      const left = (column * columns) / width;
      const right = ((column + 1) * columns) / width;
      for (let channel = 0; channel < channels; channel++) {
        const mean = areaMean(image, channel, [top, bottom, left, right]);
        pixels[(row * width + column) * channels + channel] = Math.round(mean);
      }
    }
  }
  return { shape: [height, width, channels], pixels };
}

type Area = readonly [top: number, bottom: number, left: number, right: number];

function areaMean({ shape, pixels }: Image, channel: number, [top, bottom, left, right]: Area): number {
  const [height, width, channels] = shape;
  let sum = 0;
  for (let y = Math.floor(top); y < Math.min(bottom, height); y++) {
    const tall = Math.min(bottom, y + 1) - Math.max(top, y);
    for (let x = Math.floor(left); x < Math.min(right, width); x++) {
      const wide = Math.min(right, x + 1) - Math.max(left, x);
      sum += (pixels[(y * width + x) * channels + channel] ?? 0) * tall * wide;
    }
  }
  return sum / ((bottom - top) * (right - left));
}
