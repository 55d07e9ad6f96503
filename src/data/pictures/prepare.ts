import type { Image, ImageShape } from '../../image.js';
import type { Picture } from './picture.js';

/** A picture as the models of a data set know its images. */
export interface PreparedImage {
  readonly image: Image;
  /** What was done to it, for people, in order; empty when it was taken as it is. */
  readonly changes: readonly string[];
}

/** What a data set says of its images. */
export interface PictureTarget {
  readonly imageShape: ImageShape;
  /** Whether they are bright things on black, in the middle. */
  readonly onBlack: boolean;
}

/** An image of one plane (grey) or three (red, green, blue), each row by row, values in 0 … 255. */
interface Planes {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Float32Array[];
}

/** As the makers of Fashion-MNIST: what differs from the background by less than 5 % is background. */
export const BACKGROUND_TOLERANCE = 0.05 * 255;

/** Makes of any picture one like those of the data set. */
export function prepareImage(picture: Picture, { imageShape, onBlack }: PictureTarget): PreparedImage {
  const changes: string[] = [];
  const taken = toPlanes(picture, imageShape[2], changes);
  const fitted = onBlack ? cutOut(taken, imageShape, changes) : middle(taken, imageShape, changes);
  return { image: { shape: imageShape, pixels: interleaved(fitted) }, changes };
}

/**
 * What was done to Fashion-MNIST's own (https://arxiv.org/abs/1708.07747, section 2): inverted to bright on black, cut to
 * the garment, scaled to fit, centred. A picture of the right size is neither cut nor scaled.
 */
function cutOut(planes: Planes, [height, width]: ImageShape, changes: string[]): Planes {
  let image = planes;
  if (median(border(image)) > 127) {
    image = mapPlanes(image, (plane) => plane.map((value) => 255 - value));
    changes.push('inverted (its background is bright)');
  }
  if (image.width !== width || image.height !== height) {
    const cut = trim(image);
    if (cut !== image) changes.push(`cut to ${cut.width}×${cut.height}`);
    const scale = Math.min(width / cut.width, height / cut.height);
    const side = (length: number) => Math.max(1, Math.round(length * scale));
    image = scaled(cut, side(cut.width), side(cut.height));
    changes.push(`scaled to ${image.width}×${image.height}`);
  }
  return centre(image, width, height);
}

/** Cuts the middle out, in the proportions of the data set's images, and scales it to their size. */
function middle(image: Planes, [height, width]: ImageShape, changes: string[]): Planes {
  const scale = Math.min(image.width / width, image.height / height);
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const left = Math.floor((image.width - columns) / 2);
  const top = Math.floor((image.height - rows) / 2);
  const whole = columns === image.width && rows === image.height;
  if (!whole) changes.push(`cut to ${columns}×${rows} (its middle)`);
  if (columns !== width || rows !== height) changes.push(`scaled to ${width}×${height}`);
  return scaled(whole ? image : crop(image, left, top, columns, rows), width, height);
}

/** Over whichever of black and white what is opaque stands out from; grey is luma (ITU-R BT.601). */
function toPlanes({ width, height, rgba }: Picture, channels: number, changes: string[]): Planes {
  const value = (i: number, channel: number) => rgba[4 * i + channel] ?? 0;
  const luma = (i: number) => 0.299 * value(i, 0) + 0.587 * value(i, 1) + 0.114 * value(i, 2);
  let coloured = false;
  let opaque = 0;
  let bright = 0;
  for (let i = 0; i < width * height; i++) {
    const alpha = value(i, 3) / 255;
    coloured ||= alpha > 0 && (rgba[4 * i] !== rgba[4 * i + 1] || rgba[4 * i] !== rgba[4 * i + 2]);
    opaque += alpha;
    bright += alpha * luma(i);
  }
  const transparent = opaque < width * height;
  const backdrop = transparent && bright / Math.max(opaque, 1e-9) <= 127 ? 255 : 0;
  const plane = (of: (i: number) => number) =>
    Float32Array.from({ length: width * height }, (_, i) => {
      const alpha = value(i, 3) / 255;
      return alpha * of(i) + (1 - alpha) * backdrop;
    });
  const grey = channels === 1;
  if (coloured && grey) changes.push('greyed');
  if (transparent) changes.push(`laid on ${backdrop === 0 ? 'black' : 'white'} (it is transparent)`);
  const planes = grey ? [plane(luma)] : [0, 1, 2].map((channel) => plane((i) => value(i, channel)));
  return { width, height, planes };
}

function mapPlanes(image: Planes, change: (plane: Float32Array) => Float32Array): Planes {
  return { ...image, planes: image.planes.map(change) };
}

/** One value a pixel: the planes' mean. */
function brightness({ planes }: Planes): Float32Array {
  const [first = new Float32Array(), ...rest] = planes;
  if (rest.length === 0) return first;
  return first.map((value, i) => rest.reduce((sum, plane) => sum + (plane[i] ?? 0), value) / planes.length);
}

function border(image: Planes): Float32Array {
  const { width, height } = image;
  return brightness(image).filter((_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
}

function median(values: Float32Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0;
}

/** Cuts off rows and columns that hold nothing but background; an empty picture stays as it is. */
function trim(image: Planes): Planes {
  const { width, height } = image;
  const background = median(border(image));
  let [left, right, top, bottom] = [width, -1, height, -1];
  brightness(image).forEach((value, i) => {
    if (Math.abs(value - background) <= BACKGROUND_TOLERANCE) return;
    const x = i % width;
    const y = Math.floor(i / width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  if (right < 0 || (left === 0 && top === 0 && right === width - 1 && bottom === height - 1)) return image;
  return crop(image, left, top, right - left + 1, bottom - top + 1);
}

function crop({ width, planes }: Planes, left: number, top: number, columns: number, rows: number): Planes {
  const inside = (plane: Float32Array) =>
    Float32Array.from(
      { length: columns * rows },
      (_, i) => plane[(top + Math.floor(i / columns)) * width + left + (i % columns)] ?? 0,
    );
  return { width: columns, height: rows, planes: planes.map(inside) };
}

function scaled({ width, height, planes }: Planes, columns: number, rows: number): Planes {
  const scale = (plane: Float32Array) => {
    const across = resample(plane, width, height, columns);
    return transpose(resample(transpose(across, columns, height), height, columns, rows), rows, columns);
  };
  const same = width === columns && height === rows;
  return { width: columns, height: rows, planes: same ? planes : planes.map(scale) };
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

/** Lays an image that is at most as large on black. */
function centre(image: Planes, columns: number, rows: number): Planes {
  const [left, top] = [Math.floor((columns - image.width) / 2), Math.floor((rows - image.height) / 2)];
  const lay = (plane: Float32Array) => {
    const laid = new Float32Array(columns * rows);
    plane.forEach((value, i) => {
      laid[(top + Math.floor(i / image.width)) * columns + left + (i % image.width)] = value;
    });
    return laid;
  };
  return { width: columns, height: rows, planes: image.planes.map(lay) };
}

/** [H, W, C] bytes. */
function interleaved({ width, height, planes }: Planes): Uint8Array {
  const channels = planes.length;
  const value = (i: number) => planes[i % channels]?.[Math.floor(i / channels)] ?? 0;
  return Uint8Array.from({ length: width * height * channels }, (_, i) => Math.round(value(i)));
}
