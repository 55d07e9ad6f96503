import type { TestPredictions } from '../training/contracts/recorder.js';
import { topClass } from './calibration.js';
import type { Guess, TestResult } from './schema.js';

/** Pictures of the most confident mistakes, and of the least confident hits. */
const MOST_SHOWN = 24;

/** Pictures that one cell of the confusion matrix may have. */
const MOST_IN_CELL = 16;

/** How many pictures all cells of a confusion matrix may have together. */
export interface PictureLimits {
  readonly mistakes: number;
  readonly hits: number;
}

/** The test images worth looking at: the most confident mistakes, the least confident hits, and some of every cell. */
export function chooseGuesses(
  { labels, probabilities }: TestPredictions,
  limits: PictureLimits,
): Pick<TestResult, 'mistakes' | 'unsure' | 'cells'> {
  const classes = probabilities.length / labels.length;
  const all = Array.from(labels, (actual, index): Guess & { probability: number } => {
    return { index, actual, ...topClass(probabilities, index, classes) };
  });
  const wrong = (one: Guess) => one.actual !== one.predicted;
  const mistakes = all.filter(wrong).sort((a, b) => b.probability - a.probability || a.index - b.index);
  const unsure = all.filter((one) => !wrong(one)).sort((a, b) => a.probability - b.probability || a.index - b.index);
  return {
    mistakes: mistakes.slice(0, MOST_SHOWN),
    unsure: unsure.slice(0, MOST_SHOWN),
    cells: [...cellsOf(mistakes, limits.mistakes), ...cellsOf(unsure, limits.hits)],
  };
}

/** The first of each cell, then the second of each, and so on while there is room. */
function cellsOf(guesses: readonly Guess[], most: number): TestResult['cells'] {
  const ranks = new Map<string, number>();
  const ranked = guesses.map((one) => {
    const key = `${one.actual} ${one.predicted}`;
    const rank = ranks.get(key) ?? 0;
    ranks.set(key, rank + 1);
    return { one, key, rank };
  });
  const shown = ranked
    .filter(({ rank }) => rank < MOST_IN_CELL)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most);
  const cells = new Map<string, Guess[]>();
  for (const { key, one } of shown) cells.set(key, [...(cells.get(key) ?? []), one]);
  return [...cells.values()].flatMap((guesses) => {
    const [first] = guesses;
    return first === undefined ? [] : [{ actual: first.actual, predicted: first.predicted, guesses }];
  });
}
