import { argMax } from '../../engine/evaluate.js';
import { type ImageShape, imageAt, type LabelledImages } from '../../image.js';
import type { ClassReport, Mistake } from '../contracts/events.js';

/** [N, classes] probabilities and [N] labels → counts; rows: true class, columns: predicted. */
export function confusionMatrix(probabilities: Float32Array, labels: Uint8Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const guesses = argMax(probabilities, classes);
  labels.forEach((label, i) => {
    const row = matrix[label];
    const predicted = guesses[i] as number;
    if (row !== undefined) row[predicted] = (row[predicted] ?? 0) + 1;
  });
  return matrix;
}

/** Precision, recall and F1 of each class; 0 where a ratio has nothing under it, as scikit-learn's `zero_division=0`. */
export function classReport(confusion: readonly (readonly number[])[], names: readonly string[]): ClassReport[] {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return confusion.map((row, c) => {
    const hits = row[c] ?? 0;
    const support = sum(row);
    const predicted = sum(confusion.map((other) => other[c] ?? 0));
    return {
      name: names[c] ?? String(c),
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, predicted + support),
      support,
    };
  });
}

/** What a report has to know of the data set. */
interface Labelling {
  readonly imageShape: ImageShape;
  readonly classes: readonly string[];
}

/** What a test says besides loss and accuracy: each class, the confusion matrix, the most confident mistakes. */
export function testReport(
  probabilities: Float32Array,
  data: LabelledImages,
  dataset: Labelling,
  mostMistakes: number,
) {
  const confusion = confusionMatrix(probabilities, data.labels, dataset.classes.length);
  return {
    classes: classReport(confusion, dataset.classes),
    confusion,
    mistakes: mostConfidentMistakes(probabilities, data, dataset, mostMistakes),
  };
}

/** The mistakes that the model was most confident of, from the most confident on. */
export function mostConfidentMistakes(
  probabilities: Float32Array,
  data: LabelledImages,
  { imageShape, classes: names }: Labelling,
  most: number,
): Mistake[] {
  const classes = names.length;
  const name = (c: number) => names[c] ?? String(c);
  const guesses = argMax(probabilities, classes);
  const wrong = Array.from(data.labels, (label, index) => {
    const predicted = guesses[index] as number;
    return { index, label, predicted, probability: probabilities[index * classes + predicted] ?? 0 };
  }).filter(({ label, predicted }) => label !== predicted);
  return wrong
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, most)
    .map(({ index, label, predicted, probability }) => ({
      index,
      actual: name(label),
      predicted: name(predicted),
      probability,
      image: imageAt(data.images, index, imageShape),
    }));
}
