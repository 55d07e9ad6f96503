import type { DatasetDescription } from '../datasets/spec.js';
import { DataError } from '../errors.js';
import { formatImageShape, type ImageShape, imageSize, type LabelledImages } from '../image.js';
import { permutation, seededRandom } from '../random.js';
import type { IdxArray } from './idx.js';

/** What a file holds, and what the file is called. */
export interface NamedArray extends IdxArray {
  readonly name: string;
}

const HINT = 'To write a manifest that fits the files: $0 data --describe FOLDER';

/**
 * The images and labels of two files, which must be what the data set says.
 *
 * @throws DataError for other shapes, other numbers of images and labels, or a label without a class
 */
export function labelledImages(dataset: DatasetDescription, images: NamedArray, labels: NamedArray): LabelledImages {
  const { title, imageShape, classes } = dataset;
  const fail = (problem: string): never => {
    throw new DataError(`${title}: ${problem}`, { hint: HINT });
  };
  if (!holdsImages(images.shape, imageShape)) {
    const wanted = `${formatImageShape(imageShape)} images`;
    fail(`${images.name} holds [${images.shape.join(', ')}] values, which are no ${wanted}`);
  }
  const [count = 0] = images.shape;
  if (labels.shape.length !== 1) fail(`${labels.name} holds [${labels.shape.join(', ')}] values, which are no labels`);
  if (labels.shape[0] !== count) {
    fail(`${images.name} holds ${count} images, but ${labels.name} ${labels.shape[0]} labels`);
  }
  const stray = labels.data.findIndex((label) => label >= classes.length);
  if (stray >= 0) {
    fail(
      `image ${stray} in ${labels.name} has label ${labels.data[stray]}, but the last of ${classes.length} classes is ${classes.length - 1}`,
    );
  }
  return { images: images.data, labels: labels.data };
}

/** Grey images may come with or without their one channel: [N, H, W] or [N, H, W, 1]. */
function holdsImages([, ...found]: readonly number[], [height, width, channels]: ImageShape): boolean {
  const spelled = found.length === 2 ? [...found, 1] : found;
  return spelled.join() === [height, width, channels].join();
}

/**
 * Draws a share of the images as test images: always the same ones, so that no run trains on another's test images.
 * Drawn, since the files of many a data set are sorted by class.
 *
 * @throws DataError when one part would be empty
 */
export function drawTestImages(all: LabelledImages, share: number, { title, imageShape }: DatasetDescription) {
  const count = all.labels.length;
  const tests = Math.round(count * share);
  if (tests < 1 || tests >= count) {
    throw new DataError(`${title}: a testSplit of ${share} leaves ${tests} of ${count} images for the test`, {
      hint: 'Change testSplit in the manifest.',
    });
  }
  const order = permutation(count, seededRandom(0, 'test split'));
  return {
    train: pick(all, order.slice(tests).sort(), imageShape),
    test: pick(all, order.slice(0, tests).sort(), imageShape),
  };
}

function pick({ images, labels }: LabelledImages, indices: Int32Array, shape: ImageShape): LabelledImages {
  const size = imageSize(shape);
  const picked = new Uint8Array(indices.length * size);
  indices.forEach((index, i) => {
    picked.set(images.subarray(index * size, (index + 1) * size), i * size);
  });
  return { images: picked, labels: Uint8Array.from(indices, (index) => labels[index] ?? 0) };
}
