import type { PredictionInput } from '../../data/pictures/inputs.js';
import { imageSize } from '../../image.js';
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
    return { ...input, top: ranked.sort((a, b) => b.probability - a.probability).slice(0, TOP), probabilities };
  });
}
