import { describe, expect, it } from 'vitest';
import { classReport, confusionMatrix, mostConfidentMistakes } from '../../src/training/evaluation/metrics.js';

const NAMES = ['Shirt', 'Coat', 'Bag'];
/** Five images: two shirts (one called a coat), two coats, and a bag that is called a shirt for certain. */
const LABELS = Uint8Array.of(0, 0, 1, 1, 2);
const PROBABILITIES = Float32Array.of(0.8, 0.1, 0.1, 0.3, 0.6, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1, 0.9, 0, 0.1);

describe('the report on the test images', () => {
  const confusion = confusionMatrix(PROBABILITIES, LABELS, 3);

  it('counts true classes in rows and predicted ones in columns', () => {
    expect(confusion).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [1, 0, 0],
    ]);
  });

  it('gives precision, recall and F1 as scikit-learn does, 0 for a class never predicted', () => {
    expect(classReport(confusion, NAMES)).toEqual([
      { name: 'Shirt', precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, support: 2 },
      { name: 'Coat', precision: 2 / 3, recall: 1, f1: 4 / 5, support: 2 },
      { name: 'Bag', precision: 0, recall: 0, f1: 0, support: 1 },
    ]);
  });

  it('shows the most confident mistakes first, each with its picture', () => {
    const images = Uint8Array.from({ length: 5 * 4 }, (_, i) => Math.floor(i / 4));
    const dataset = { imageShape: [2, 2, 1], classes: NAMES } as const;
    const mistakes = mostConfidentMistakes(PROBABILITIES, { images, labels: LABELS }, dataset, 12);
    expect(mistakes.map(({ index, actual, predicted }) => [index, actual, predicted])).toEqual([
      [4, 'Bag', 'Shirt'],
      [1, 'Shirt', 'Coat'],
    ]);
    expect(mistakes[0]?.probability).toBeCloseTo(0.9);
    expect(mistakes[0]?.image).toEqual({ shape: [2, 2, 1], pixels: Uint8Array.of(4, 4, 4, 4) });
    expect(mostConfidentMistakes(PROBABILITIES, { images, labels: LABELS }, dataset, 1)).toHaveLength(1);
  });
});
