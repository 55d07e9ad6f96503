import { IMAGE_HEIGHT, IMAGE_SIZE, IMAGE_WIDTH } from '../classes.js';
import type { Picture } from './decode.js';

/** A picture as the models know them: bright on black, [28, 28] bytes. */
export interface PreparedImage {
  readonly image: Uint8Array;
  /** What was done to it, for people, in order; empty when it was taken as it is. */
  readonly changes: readonly string[];
}

/** A grey image, row by row, values in 0 … 255. */
interface Grey {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** As the makers of Fashion-MNIST: what differs from the background by less than 5 % is background. */
const BACKGROUND_TOLERANCE = 0.05 * 255;

/**
 * Does to a picture what was done to Fashion-MNIST's own (https://arxiv.org/abs/1708.07747, section 2): greyed, cut to
 * the garment, its longer side scaled to 28 pixels, centred, inverted to bright on black. A 28×28 picture is
 * neither cut nor scaled.
 */
export function prepareImage(picture: Picture): PreparedImage {
  const changes: string[] = [];
  let grey = toGrey(picture, changes);
  if (median(border(grey)) > 127) {
    grey = { ...grey, values: grey.values.map((value) => 255 - value) };
    changes.push('inverted (its background is bright)');
  }
  if (grey.width !== IMAGE_WIDTH || grey.height !== IMAGE_HEIGHT) {
    const cut = trim(grey);
    if (cut !== grey) changes.push(`cut to ${cut.width}×${cut.height}`);
    grey = scaled(cut);
    changes.push(`scaled to ${grey.width}×${grey.height}`);
  }
  return { image: Uint8Array.from(centre(grey), (value) => Math.round(value)), changes };
}

/** Luma (ITU-R BT.601) over whichever of black and white what is opaque stands out from. */
function toGrey({ width, height, rgba }: Picture, changes: string[]): Grey {
  const luma = (i: number) =>
    0.299 * (rgba[4 * i] ?? 0) + 0.587 * (rgba[4 * i + 1] ?? 0) + 0.114 * (rgba[4 * i + 2] ?? 0);
  let coloured = false;
  let opaque = 0;
  let bright = 0;
  for (let i = 0; i < width * height; i++) {
    const alpha = (rgba[4 * i + 3] ?? 0) / 255;
    coloured ||= alpha > 0 && (rgba[4 * i] !== rgba[4 * i + 1] || rgba[4 * i] !== rgba[4 * i + 2]);
    opaque += alpha;
    bright += alpha * luma(i);
  }
  const transparent = opaque < width * height;
  const backdrop = transparent && bright / Math.max(opaque, 1e-9) <= 127 ? 255 : 0;
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    const alpha = (rgba[4 * i + 3] ?? 0) / 255;
    return alpha * luma(i) + (1 - alpha) * backdrop;
  });
  if (coloured) changes.push('greyed');
  if (transparent) changes.push(`laid on ${backdrop === 0 ? 'black' : 'white'} (it is transparent)`);
  return { width, height, values };
}

function border({ width, height, values }: Grey): Float32Array {
  return values.filter((_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
}

function median(values: Float32Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0;
}

/** Cuts off rows and columns that hold nothing but background; an empty picture stays as it is. */
function trim(grey: Grey): Grey {
  const { width, height, values } = grey;
  const background = median(border(grey));
  let [left, right, top, bottom] = [width, -1, height, -1];
  values.forEach((value, i) => {
    if (Math.abs(value - background) <= BACKGROUND_TOLERANCE) return;
    const x = i % width;
    const y = Math.floor(i / width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  if (right < 0 || (left === 0 && top === 0 && right === width - 1 && bottom === height - 1)) return grey;
  const [w, h] = [right - left + 1, bottom - top + 1];
  const inside = (_: unknown, i: number) => values[(top + Math.floor(i / w)) * width + left + (i % w)] ?? 0;
  return { width: w, height: h, values: Float32Array.from({ length: w * h }, inside) };
}

/** Scales the longer side to 28 pixels. */
function scaled(grey: Grey): Grey {
  const scale = IMAGE_WIDTH / Math.max(grey.width, grey.height);
  const width = Math.max(1, Math.round(grey.width * scale));
  const height = Math.max(1, Math.round(grey.height * scale));
  const columns = resample(grey.values, grey.width, grey.height, width);
  const turned = resample(transpose(columns, width, grey.height), grey.height, width, height);
  return { width, height, values: transpose(turned, height, width) };
}

/** Area average along the rows: each new pixel is the mean of the stretch of old ones that it covers. */
function resample(values: Float32Array, from: number, rows: number, to: number): Float32Array {
  const ratio = from / to;
  return Float32Array.from({ length: rows * to }, (_, i) => {
    const row = Math.floor(i / to) * from;
    const start = (i % to) * ratio;
    const end = start + ratio;
    let sum = 0;
    for (let x = Math.floor(start); x < Math.min(from, Math.ceil(end - 1e-9)); x++) {
      sum += (values[row + x] ?? 0) * (Math.min(x + 1, end) - Math.max(x, start));
    }
    return Math.min(255, sum / ratio);
  });
}

function transpose(values: Float32Array, width: number, height: number): Float32Array {
  return values.map((_, i) => values[(i % height) * width + Math.floor(i / height)] ?? 0);
}

/** Lays an image of at most 28×28 on black. */
function centre({ width, height, values }: Grey): Float32Array {
  const [left, top] = [Math.floor((IMAGE_WIDTH - width) / 2), Math.floor((IMAGE_HEIGHT - height) / 2)];
  const image = new Float32Array(IMAGE_SIZE);
  values.forEach((value, i) => {
    image[(top + Math.floor(i / width)) * IMAGE_WIDTH + left + (i % width)] = value;
  });
  return image;
}
