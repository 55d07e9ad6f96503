import type { PredictionInput } from '../../data/pictures/inputs.js';
import { BACKGROUND_TOLERANCE } from '../../data/pictures/prepare.js';
import { type Image, imageSize } from '../../image.js';
import type { Classifier } from './classifier.js';

/** Why an answer may mean nothing: the picture is of one colour, or no class is likely. */
export type Doubt = 'blank' | 'unsure';

/** Less than this for the likeliest class says that the picture is like none of them. */
const SURE = 0.5;

export interface Prediction extends PredictionInput {
  /** The likeliest classes, the first one first. */
  readonly top: readonly { readonly name: string; readonly probability: number }[];
  readonly doubt: Doubt | null;
  /** Of all classes in the order of their labels. */
  readonly probabilities: readonly number[];
}

/** What the classifier sees on each image: its `most` likeliest classes. */
export async function predictions(
  classifier: Classifier,
  inputs: readonly PredictionInput[],
  most: number,
): Promise<Prediction[]> {
  const { imageShape, classes } = classifier.dataset;
  const size = imageSize(imageShape);
  const images = new Uint8Array(inputs.length * size);
  inputs.forEach(({ image }, i) => {
    images.set(image.pixels, i * size);
  });
  const all = await classifier.predict(images);
  return inputs.map((input, i) => {
    const probabilities = [...all.subarray(i * classes.length, (i + 1) * classes.length)];
    const ranked = classes.map((name, label) => ({ name, probability: probabilities[label] ?? 0 }));
    const top = ranked.sort((a, b) => b.probability - a.probability).slice(0, most);
    return { ...input, top, doubt: doubtOf(input.image, top[0]?.probability ?? 0), probabilities };
  });
}

function doubtOf({ pixels }: Image, likeliest: number): Doubt | null {
  const darkest = pixels.reduce((least, value) => Math.min(least, value), 255);
  const brightest = pixels.reduce((most, value) => Math.max(most, value), 0);
  if (brightest - darkest <= BACKGROUND_TOLERANCE) return 'blank';
  return likeliest < SURE ? 'unsure' : null;
}
