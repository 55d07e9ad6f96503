import { padEnd } from '../lines.js';

const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const CELL = 6;

/** What a shade looks like: `share` of the row's images in [0, 1], right or wrong. */
export type Paint = (text: string, share: number, correct: boolean) => string;

/**
 * The confusion matrix as lines: a row for each true class, a column for each predicted one. Each cell is its count
 * and a shade of its share of the row, readable without colour; `paint` may add colour but no width.
 */
export function confusionTable(
  names: readonly string[],
  confusion: readonly (readonly number[])[],
  paint: Paint = (text) => text,
): string[] {
  const nameWidth = Math.max('true \\ predicted'.length, ...names.map((name) => name.length));
  const heads = names.map((name) => name.slice(0, CELL - 1).padStart(CELL)).join('');
  const rows = confusion.map((row, actual) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, predicted) => {
      const share = total === 0 ? 0 : n / total;
      return paint(`${String(n).padStart(CELL - 1)}${shade(share)}`, share, actual === predicted);
    });
    return `${padEnd(names[actual] ?? String(actual), nameWidth)}${cells.join('')}`;
  });
  return [`${padEnd('true \\ predicted', nameWidth)}${heads}`, ...rows];
}

/** Square root, so that a confusion of a few per cent is still seen. */
function shade(share: number): string {
  if (share <= 0) return ' ';
  return SHADES[Math.max(1, Math.min(4, Math.ceil(Math.sqrt(share) * 4)))] ?? ' ';
}
