import { DataError } from '../errors.js';
import { readIfThere } from '../files/read.js';
import type { TestPredictions } from '../training/contracts/recorder.js';
import { decodeSafeTensors, encodeSafeTensors } from './safetensors.js';

/** Some two million images of a hundred classes. */
const MOST_BYTES = 1024 ** 3;

/** The chunks of `predictions.safetensors`: `probabilities` [N, classes] and `labels` [N], float32 both. */
export function encodePredictions({ labels, probabilities }: TestPredictions): Uint8Array[] {
  const shape = [labels.length, probabilities.length / labels.length];
  return encodeSafeTensors(
    new Map([
      ['probabilities', { shape, data: probabilities }],
      ['labels', { shape: [labels.length], data: Float32Array.from(labels) }],
    ]),
  );
}

/**
 * What a run's test said of each image; undefined where it kept nothing: it has not been tested, or an older version did.
 *
 * @throws {DataError} when the file is damaged.
 */
export async function readPredictions(file: string): Promise<TestPredictions | undefined> {
  const bytes = await readIfThere(file, { most: MOST_BYTES });
  if (bytes === undefined) return undefined;
  const { tensors } = decodeSafeTensors(bytes, file);
  const [probabilities, labels] = [tensors.get('probabilities'), tensors.get('labels')];
  const [images = 0, classes = 0] = probabilities?.shape ?? [];
  if (labels === undefined || probabilities === undefined || classes === 0 || labels.data.length !== images) {
    throw new DataError(`${file} does not hold probabilities and labels`, { hint: 'The file is damaged.' });
  }
  if (labels.data.some((label) => !Number.isInteger(label) || label < 0 || label >= classes)) {
    throw new DataError(`${file} has labels of no class`, { hint: 'The file is damaged.' });
  }
  return { labels: Uint8Array.from(labels.data), probabilities: probabilities.data };
}
