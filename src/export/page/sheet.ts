import { type Shape, sizeOf } from '../../model/tensors.js';

const COLUMNS = 10;
/** Images on a sheet. */
export const SHEET_IMAGES = COLUMNS * COLUMNS;

/** The first hundred images [N, height, width, 1 or 3] as a PNG, ten in a row. */
export async function imageSheet(images: Uint8Array, shape: Shape): Promise<Uint8Array> {
  const { PNG } = await import('pngjs');
  const [height = 1, width = 1, channels = 1] = shape;
  const size = sizeOf(shape);
  const sheet = new PNG({ width: COLUMNS * width, height: COLUMNS * height });
  for (let i = 0; i < Math.min(SHEET_IMAGES, images.length / size); i++) {
    const [left, top] = [(i % COLUMNS) * width, Math.floor(i / COLUMNS) * height];
    for (let pixel = 0; pixel < height * width; pixel++) {
      const [x, y] = [left + (pixel % width), top + Math.floor(pixel / width)];
      const colour = images.subarray(i * size + pixel * channels, i * size + (pixel + 1) * channels);
      const [red = 0, green = red, blue = red] = colour;
      sheet.data.set([red, green, blue, 255], 4 * (y * sheet.width + x));
    }
  }
  return PNG.sync.write(sheet, { colorType: channels === 1 ? 0 : 2, inputColorType: 6 });
}
