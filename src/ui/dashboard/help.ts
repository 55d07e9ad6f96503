import { joinToFit, stringWidth, wrapBehind } from '../lines.js';
import type { Palette } from '../palette.js';

/** The key, what it does in a word or two and in full, and what that means. */
const KEYS = [
  ['q', 'stop', 'finish this epoch and stop', 'again: train on; the run can be resumed'],
  ['s', 'save', 'save now', 'writes a checkpoint after this step'],
  ['l', 'log', 'log scale', 'of the loss'],
  ['m', 'metric', 'loss or accuracy', 'where only one chart has room'],
  ['←→', 'axis', 'epochs/steps', 'a point an epoch, or the curve of steps'],
  ['?', 'help', 'help', 'this page'],
] as const;

/** The keys in one line, in full or in short; the last ones go where there is no room for all. */
export function keyLine(width: number): string {
  const long = KEYS.map(([key, , what]) => `${key} ${what}`).join(' · ');
  return long.length <= width
    ? long
    : joinToFit(
        KEYS.map(([key, word]) => `${key} ${word}`),
        width,
      );
}

/** Keys that a terminal has for every program. */
const SIGNALS = [
  ['Ctrl-C', 'finish this step and stop', 'twice: quit at once'],
  ['Ctrl-Z', 'suspend', 'fg continues'],
] as const;

/** The page of help; in a narrow window without what stands behind each key. */
export function helpLines(palette: Palette, width: number): string[] {
  const rows = [...KEYS.map(([key, , what, detail]) => [key, what, detail] as const), ...SIGNALS];
  const full = rows.map(([key, what, detail]) => {
    return ` ${palette.strong(key.padEnd(7))}${what.padEnd(28)}${palette.dim(detail)}`;
  });
  const short = rows.map(([key, what]) => ` ${palette.strong(key.padEnd(7))}${what}`);
  const legend = [
    `${palette.train('─')} training  ${palette.validation('═')} validation; where they meet they take turns`,
    'now: the last steps, smoothed, where the curve of the steps ends',
    'gap: training less validation accuracy of that epoch, in points of percent',
  ];
  return [
    ...(full.every((line) => stringWidth(line) <= width) ? full : short),
    '',
    ...legend.flatMap((line) => wrapBehind(' ', line, width)),
  ];
}
