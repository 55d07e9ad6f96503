import { joinToFit } from '../lines.js';
import type { Palette } from '../palette.js';

/** The key, what it does in a word or two and in full, and what that means. */
const KEYS = [
  ['q', 'stop', 'finish this epoch and stop', 'again: keep training; the run can be resumed'],
  ['s', 'save', 'save now', 'writes a checkpoint after this step'],
  ['l', 'log', 'log scale', 'of the loss'],
  ['m', 'metric', 'loss or accuracy', 'where only one chart has room'],
  ['←→', 'axis', 'epochs/steps', 'one point an epoch, or the curve within epochs'],
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

export function helpLines(palette: Palette): string[] {
  return [
    ...KEYS.map(([key, , what, detail]) => ` ${palette.strong(key.padEnd(7))}${what.padEnd(28)}${palette.dim(detail)}`),
    ` ${palette.strong('Ctrl-C ')}${'finish this step and stop'.padEnd(28)}${palette.dim('twice: quit at once')}`,
    ` ${palette.strong('Ctrl-Z ')}${'suspend'.padEnd(28)}${palette.dim('fg continues')}`,
    '',
    ` ${palette.train('─')} training  ${palette.validation('═')} validation; where they meet they take turns`,
    ' now: the last steps, smoothed, where the curve of the steps ends',
    ' gap: training less validation accuracy of that epoch, in points of percent',
  ];
}
