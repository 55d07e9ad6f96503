import type { Palette } from '../palette.js';

const KEYS = [
  ['q', 'finish this epoch and stop', 'the run can be resumed'],
  ['s', 'save now', 'writes a checkpoint after this step'],
  ['l', 'log scale', 'of the loss'],
  ['m', 'loss/accuracy', 'where only one chart has room'],
  ['←→', 'epochs/steps', 'one point an epoch, or the curve within epochs'],
  ['?', 'help', 'this page'],
] as const;

/** The keys in one line; those that do not fit are on the help page. */
export function keyLine(width: number): string {
  let line = '? help';
  for (const [key, what] of KEYS.slice(0, -1).toReversed()) {
    const longer = `${key} ${what} · ${line}`;
    if (longer.length <= width) line = longer;
  }
  return line;
}

export function helpLines(palette: Palette): string[] {
  return [
    ...KEYS.map(([key, what, detail]) => ` ${palette.strong(key.padEnd(7))}${what.padEnd(28)}${palette.dim(detail)}`),
    ` ${palette.strong('Ctrl-C ')}${'finish this step and stop'.padEnd(28)}${palette.dim('twice: quit at once')}`,
    ` ${palette.strong('Ctrl-Z ')}${'suspend'.padEnd(28)}${palette.dim('fg goes on')}`,
  ];
}
