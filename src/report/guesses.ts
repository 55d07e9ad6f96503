import type { TestPredictions } from '../training/contracts/recorder.js';
import { topClass } from './calibration.js';
import type { Guess, TestResult } from './schema.js';

/** Pictures of the most confident mistakes, and of the least confident hits. */
const MOST_SHOWN = 24;

/** How many pictures each cell of the confusion matrix may have. */
export interface CellLimits {
  readonly mistakes: number;
  readonly hits: number;
}

/** The test images worth looking at: the most confident mistakes, the least confident hits, and some of every cell. */
export function chooseGuesses(
  { labels, probabilities }: TestPredictions,
  limits: CellLimits,
): Pick<TestResult, 'mistakes' | 'unsure' | 'cells'> {
  const classes = probabilities.length / labels.length;
  const all = Array.from(labels, (actual, index): Guess & { probability: number } => {
    return { index, actual, ...topClass(probabilities, index, classes) };
  });
  const wrong = (one: Guess) => one.actual !== one.predicted;
  const mistakes = all.filter(wrong).sort((a, b) => b.probability - a.probability || a.index - b.index);
  const unsure = all.filter((one) => !wrong(one)).sort((a, b) => a.probability - b.probability || a.index - b.index);
  const cells = new Map<number, Guess[]>();
  for (const one of [...mistakes, ...unsure]) {
    const key = one.actual * classes + one.predicted;
    const cell = cells.get(key) ?? [];
    if (cell.length < (wrong(one) ? limits.mistakes : limits.hits)) cells.set(key, [...cell, one]);
  }
  return {
    mistakes: mistakes.slice(0, MOST_SHOWN),
    unsure: unsure.slice(0, MOST_SHOWN),
    cells: [...cells.values()].map((guesses) => {
      const { actual = 0, predicted = 0 } = guesses[0] ?? {};
      return { actual, predicted, guesses };
    }),
  };
}
