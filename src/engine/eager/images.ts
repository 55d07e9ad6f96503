import type { MixedBatch } from '../../augment/mix.js';
import { transformImages } from '../../augment/transform.js';
import { type ImageShape, imageSize } from '../../image.js';
import { type Shape, sizeOf } from '../../model/tensors.js';
import type { ImagePool, TrainStep } from '../engine.js';

/** Pool images as floats in [0, 1], [batch, ...shape], augmented as the step says. */
export function stepImages(pool: ImagePool, step: TrainStep, shape: Shape): Float32Array {
  const images = gatherImages(pool, step.indices, shape);
  const transformed = step.transforms ? transformImages(images, step.transforms, imageShape(shape)) : images;
  const erased = step.erase ? eraseRectangles(transformed, step.erase, imageShape(shape)) : transformed;
  return step.mix ? mixImages(erased, step.mix, imageShape(shape)) : erased;
}

export function gatherImages(pool: ImagePool, indices: Int32Array, shape: Shape): Float32Array {
  const size = sizeOf(shape);
  const images = new Float32Array(indices.length * size);
  indices.forEach((index, row) => {
    images.set(scaleBytes(pool.images.subarray(index * size, (index + 1) * size)), row * size);
  });
  return images;
}

/** Bytes to [0, 1]. */
export function scaleBytes(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255);
}

export function gatherLabels(pool: ImagePool, indices: Int32Array): Int32Array {
  return indices.map((index) => pool.labels[index] as number);
}

/** Blanks each image's rectangle: top, left, bottom, right (exclusive) (DeVries & Taylor 2017). Works in place. */
function eraseRectangles(images: Float32Array, rectangles: Int32Array, shape: ImageShape): Float32Array {
  const [, width, cell] = shape;
  const pixels = imageSize(shape);
  for (let at = 0; at < rectangles.length; at += 4) {
    const [top = 0, left = 0, bottom = 0, right = 0] = rectangles.subarray(at, at + 4);
    for (let row = top; row < bottom; row++) {
      const start = (at / 4) * pixels + row * width * cell;
      images.fill(0, start + left * cell, start + right * cell);
    }
  }
  return images;
}

/** x + (1 − share) · (partner − x) within the boxes (Zhang et al. 2018, Yun et al. 2019). */
function mixImages(images: Float32Array, { partners, boxes, shares }: MixedBatch, shape: ImageShape): Float32Array {
  const [, width, cell] = shape;
  const pixels = imageSize(shape);
  const mixed = images.slice();
  for (const [i, partner] of partners.entries()) {
    const [top = 0, left = 0, bottom = 0, right = 0] = boxes.subarray(4 * i, 4 * i + 4);
    const other = 1 - (shares[2 * i] as number);
    for (let row = top; row < bottom; row++) {
      for (let at = (row * width + left) * cell; at < (row * width + right) * cell; at++) {
        const own = images[i * pixels + at] as number;
        mixed[i * pixels + at] = own + ((images[partner * pixels + at] as number) - own) * other;
      }
    }
  }
  return mixed;
}

function imageShape([height = 1, width = 1, channels = 1]: Shape): ImageShape {
  return [height, width, channels];
}
