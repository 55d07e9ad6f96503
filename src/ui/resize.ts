/** Grey pixels, [height, width] bytes. */
export interface Bitmap {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The picture at another size, each new pixel the mean of the area that it covers. [height, width] bytes. */
export function resize(picture: Bitmap, width: number, height: number): Uint8Array {
  if (width === picture.width && height === picture.height) return picture.pixels;
  const output = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const top = (row * picture.height) / height;
    const bottom = ((row + 1) * picture.height) / height;
    for (let col = 0; col < width; col++) {
      const left = (col * picture.width) / width;
      const right = ((col + 1) * picture.width) / width;
      output[row * width + col] = Math.round(areaMean(picture, top, bottom, left, right));
    }
  }
  return output;
}

function areaMean({ pixels, width, height }: Bitmap, top: number, bottom: number, left: number, right: number): number {
  let sum = 0;
  for (let y = Math.floor(top); y < Math.min(bottom, height); y++) {
    const tall = Math.min(bottom, y + 1) - Math.max(top, y);
    for (let x = Math.floor(left); x < Math.min(right, width); x++) {
      const wide = Math.min(right, x + 1) - Math.max(left, x);
      sum += (pixels[y * width + x] ?? 0) * tall * wide;
    }
  }
  return sum / ((bottom - top) * (right - left));
}
