import { cut, padEnd, padStart, stringWidth } from '../lines.js';

const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const CELL = 6;
const CORNER = 'true \\ predicted';
const WIDEST_NAME = 30;
/** A larger matrix is not read any more, however wide the terminal or the log. */
const MOST_CLASSES = 25;
const MOST_PAIRS = { small: 5, large: 20 } as const;

/** What a shade looks like: `share` of the row's images in [0, 1], right or wrong. */
export type Paint = (text: string, share: number, correct: boolean) => string;

type Matrix = readonly (readonly number[])[];

/** The confusion matrix, or, where it has no room or too many classes, the pairs that are confused most. */
export function confusionLines(
  names: readonly string[],
  confusion: Matrix,
  width = Number.POSITIVE_INFINITY,
  paint: Paint = (text) => text,
): string[] {
  if (names.length > MOST_CLASSES) return mostConfused(names, confusion, MOST_PAIRS.large);
  const lines = confusionTable(names, confusion, paint);
  return lines.every((line) => stringWidth(line) <= width) ? lines : mostConfused(names, confusion, MOST_PAIRS.small);
}

/**
 * The confusion matrix as lines: a row for each true class, a column for each predicted one. Each cell is its count
 * and a shade of its share of the row, readable without colour; `paint` may add colour but no width.
 */
function confusionTable(names: readonly string[], confusion: Matrix, paint: Paint): string[] {
  const nameWidth = Math.min(WIDEST_NAME, Math.max(CORNER.length, ...names.map(stringWidth)));
  const heads = names.map((name) => padStart(cut(name, CELL - 1), CELL)).join('');
  const rows = confusion.map((row, actual) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, predicted) => {
      const share = total === 0 ? 0 : n / total;
      return paint(`${String(n).padStart(CELL - 1)}${shade(share)}`, share, actual === predicted);
    });
    return `${padEnd(cut(names[actual] ?? String(actual), nameWidth), nameWidth)}${cells.join('')}`;
  });
  return [`${padEnd(CORNER, nameWidth)}${heads}`, ...rows];
}

/** Square root, so that a confusion of a few per cent is still seen. */
function shade(share: number): string {
  if (share <= 0) return ' ';
  return SHADES[Math.max(1, Math.min(4, Math.ceil(Math.sqrt(share) * 4)))] ?? ' ';
}

function mostConfused(names: readonly string[], confusion: Matrix, most: number): string[] {
  const pairs = confusion.flatMap((row, actual) => row.map((n, predicted) => ({ n, actual, predicted })));
  const wrong = pairs.filter(({ n, actual, predicted }) => n > 0 && actual !== predicted).sort((a, b) => b.n - a.n);
  return [
    'most confused',
    ...wrong.slice(0, most).map((pair) => ` ${pair.n} ${names[pair.actual]} → ${names[pair.predicted]}`),
  ];
}
