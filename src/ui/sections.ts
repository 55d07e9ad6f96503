import chalk from 'chalk';
import { wrapAdvice, wrapBehind } from './lines.js';

export type Mark = 'good' | 'bad' | 'note' | 'none';

export interface Row {
  readonly label: string;
  readonly text: string;
  readonly mark?: Mark;
  /** What to type or do, on a line of its own. */
  readonly fix?: string | undefined;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** A sign and a colour for each mark: either alone is enough to read it. */
const MARKS: Readonly<Record<Mark, string>> = {
  good: chalk.green('✔'),
  bad: chalk.red('✘'),
  note: chalk.yellow('!'),
  none: ' ',
};

/** Titled lists of facts, their labels in one column. Facts are broken between words, what to type as a shell takes it. */
export function renderSections(sections: readonly Section[], width: number): string[] {
  const shown = sections.filter(({ rows }) => rows.length > 0);
  const longest = Math.max(...shown.flatMap(({ rows }) => rows.map(({ label }) => label.length)));
  const lines = shown.flatMap(({ title, rows }) => [
    '',
    chalk.bold(title),
    ...rows.flatMap(({ label, text, mark = 'none', fix }) => [
      ...wrapBehind(`${MARKS[mark]} ${label.padEnd(longest)}  `, text, width),
      ...(fix === undefined ? [] : adviceLines(`  ${' '.repeat(longest)}  ${chalk.cyan('try')} `, fix, width)),
    ]),
  ]);
  return lines.slice(1);
}

/** A command alone, or after the words that lead to it; anything else is prose. */
const COMMAND = /^(?:([A-Z].*:) )?([a-z$][^(),;]*)$/;

function adviceLines(label: string, fix: string, width: number): string[] {
  const [, words = '', command] = COMMAND.exec(fix) ?? [];
  return command === undefined ? wrapBehind(label, fix, width) : wrapAdvice(label, words, command, width);
}
