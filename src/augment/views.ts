import type { ImageShape } from '../image.js';

/** Test-time augmentations: the changed copies of an image whose probabilities are averaged. */
export const TTA = ['flip', 'flip-shift'] as const;
export type Tta = (typeof TTA)[number];

/** One copy: shifted by so many pixels down and right, then mirrored. */
interface View {
  readonly weight: number;
  readonly shift: number;
  readonly mirror: boolean;
}

const both = (weight: number, shift: number): View[] =>
  [false, true].map((mirror) => ({ weight: weight / 2, shift, mirror }));

/** The unchanged image comes first. Weights and shifts of `flip-shift` are those of airbench (Jordan 2024). */
export const VIEWS: Readonly<Record<Tta, readonly View[]>> = {
  flip: both(1, 0),
  'flip-shift': [...both(1 / 2, 0), ...both(1 / 4, -1), ...both(1 / 4, 1)],
};

/** Each image, [N, H, W, C], as the view has it; what a shift uncovers continues the edge. */
export function viewImages(images: Uint8Array, { shift, mirror }: View, shape: ImageShape): Uint8Array {
  const [height, width, channels] = shape;
  const inside = (at: number, length: number) => Math.min(length - 1, Math.max(0, at));
  const offsets = Int32Array.from({ length: height * width * channels }, (_, i) => {
    const [row, column] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
    const from = inside((mirror ? width - 1 - column : column) - shift, width);
    return (inside(row - shift, height) * width + from) * channels + (i % channels);
  });
  const size = offsets.length;
  return images.map((_, i) => images[i - (i % size) + (offsets[i % size] ?? 0)] ?? 0);
}
