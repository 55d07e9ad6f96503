import { promises as fs } from 'node:fs';
import { DataError, UsageError } from '../../errors.js';
import { hasCode } from '../../files/errors.js';
import { readBoundedOrPipe, readingProblem } from '../../files/read.js';
import { imageAt, type LabelledImages } from '../../image.js';
import { decodePicture } from './decode.js';
import { type PictureTarget, type PreparedImage, prepareImage } from './prepare.js';

/** An image to predict. */
export interface PredictionInput extends PreparedImage {
  /** As it was named. */
  readonly input: string;
  /** The class of a test image. */
  readonly actual?: string;
}

/**
 * Reads files, or test images where a name is a number and no file. The test images are loaded only when they are needed.
 *
 * @throws {UsageError} for a number that is no test image; {@link DataError} for a file that is missing or no picture.
 */
export async function readInputs(
  names: readonly string[],
  dataset: PictureTarget & { readonly classes: readonly string[] },
  loadTest: () => Promise<LabelledImages>,
): Promise<PredictionInput[]> {
  let test: Promise<LabelledImages> | undefined;
  const inputs: PredictionInput[] = [];
  for (const input of names) {
    if (/^\d{1,9}$/.test(input) && !(await isFile(input))) {
      test ??= loadTest();
      inputs.push(testImage(await test, input, dataset));
    } else inputs.push({ input, ...prepareImage(await decodePicture(await readFile(input), input), dataset) });
  }
  return inputs;
}

function testImage(
  { images, labels }: LabelledImages,
  input: string,
  { imageShape, classes }: Parameters<typeof readInputs>[1],
): PredictionInput {
  const index = Number(input);
  const label = labels[index];
  if (label === undefined) {
    throw new UsageError(`there is no test image ${input}`, { hint: `They are numbered 0 to ${labels.length - 1}.` });
  }
  const image = imageAt(images, index, imageShape);
  return { input: `test image ${index}`, image, changes: [], actual: classes[label] ?? String(label) };
}

async function isFile(path: string): Promise<boolean> {
  return fs.stat(path).then(
    (stat) => stat.isFile(),
    () => false,
  );
}

/** No camera writes a larger picture. */
const MOST_BYTES = 256 * 1024 * 1024;

async function readFile(path: string): Promise<Uint8Array> {
  if (path.includes('\0')) throw new UsageError('a path cannot hold a NUL character');
  return readBoundedOrPipe(path, { most: MOST_BYTES }).catch((cause: unknown) => {
    const problem = hasCode(cause, 'ENOENT')
      ? `there is no file ${path}`
      : `${path} cannot be read: ${readingProblem(cause)}`;
    throw new DataError(problem, { hint: 'Give a PNG or JPEG file, or the number of a test image.', cause });
  });
}
