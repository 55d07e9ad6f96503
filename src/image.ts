/** Channels are 1 for grey, 3 for red, green and blue. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** One image: [H, W, C] bytes, row by row. */
export interface Image {
  readonly shape: ImageShape;
  readonly pixels: Uint8Array;
}

/** Images as bytes, [N, H, W, C] row by row, and their labels, [N]. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Values of one image. */
export function imageSize([height, width, channels]: ImageShape): number {
  return height * width * channels;
}

/** A view of image `index` of [N, H, W, C]. */
export function imageAt(images: Uint8Array, index: number, shape: ImageShape): Image {
  const size = imageSize(shape);
  return { shape, pixels: images.subarray(index * size, (index + 1) * size) };
}

/** `28×28`, `32×32×3`: the one channel of grey images goes without saying. */
export function formatImageShape([height, width, channels]: ImageShape): string {
  return [height, width, ...(channels === 1 ? [] : [channels])].join('×');
}
