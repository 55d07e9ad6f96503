import { type Image, imageSize } from '../image.js';
import { diverging } from './diverging.js';

/** Values, [height, width], as greys from the lowest to the highest; in blue and red about zero where some are negative. */
export function shaded(values: Float32Array, height: number, width: number): Image {
  const [low, high] = range(values);
  if (low < 0) return { shape: [height, width, 3], pixels: diverging(values) };
  return {
    shape: [height, width, 1],
    pixels: Uint8Array.from(values, (value) => Math.round((255 * value) / (high || 1))),
  };
}

/** Heat in [0, 1], [height, width], as orange light over a grey image. */
export function glowing({ shape, pixels }: Image, heat: Float32Array): Image {
  const [height, width, channels] = shape;
  const lit = new Uint8Array(imageSize([height, width, 3]));
  heat.forEach((share, i) => {
    const grey = (pixels[i * channels] ?? 0) * (1 - 0.75 * share) * 0.8;
    GLOW.forEach((light, c) => {
      lit[i * 3 + c] = Math.min(255, Math.round(grey + share * light));
    });
  });
  return { shape: [height, width, 3], pixels: lit };
}

/** Okabe and Ito's orange. */
const GLOW = [230, 159, 0] as const;

function range(values: Float32Array): [number, number] {
  return values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]);
}
