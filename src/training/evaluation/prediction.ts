import { CLASS_NAMES, IMAGE_SIZE } from '../../data/classes.js';
import type { PredictionInput } from '../../data/pictures/inputs.js';
import type { Classifier } from './classifier.js';

const TOP = 3;

export interface Prediction extends PredictionInput {
  /** The likeliest classes, the first one first. */
  readonly top: readonly { readonly name: string; readonly probability: number }[];
  /** Of all classes in the order of their labels. */
  readonly probabilities: readonly number[];
}

/** What the classifier sees on each image. */
export async function predictions(classifier: Classifier, inputs: readonly PredictionInput[]): Promise<Prediction[]> {
  const images = new Uint8Array(inputs.length * IMAGE_SIZE);
  inputs.forEach(({ image }, i) => {
    images.set(image, i * IMAGE_SIZE);
  });
  const all = await classifier.predict(images);
  return inputs.map((input, i) => {
    const probabilities = [...all.subarray(i * CLASS_NAMES.length, (i + 1) * CLASS_NAMES.length)];
    const ranked = CLASS_NAMES.map((name, label) => ({ name, probability: probabilities[label] ?? 0 }));
    return { ...input, top: ranked.sort((a, b) => b.probability - a.probability).slice(0, TOP), probabilities };
  });
}
