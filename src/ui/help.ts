import chalk from 'chalk';
import { asCalled } from '../command-line.js';
import { padEnd, stringWidth, wrapCommand, wrapWords } from './lines.js';

interface HelpPage {
  readonly usage: string;
  readonly describe: string;
  readonly sections: readonly { readonly title: string; readonly rows: readonly Row[] }[];
  /** Command lines with `$0` for the program, and what each does. */
  readonly examples: readonly (readonly [commandLine: string, describe: string])[];
}

interface Row {
  readonly term: string;
  readonly text: string;
}

const INDENT = '  ';
/** Columns that texts beside their terms have at least; where there are fewer they stand under them. */
const TEXT_COLUMNS = 36;

/**
 * A page of help in lines of at most `width` columns, but where a single word is longer.
 *
 * @param called what to type to call the program
 */
export function renderHelp({ usage, describe, sections, examples }: HelpPage, called: string, width: number): string[] {
  const indented = (lines: readonly string[]) => lines.map((line) => `${INDENT}${line}`);
  const example = ([line, what]: (typeof examples)[number]) => [
    // Behind `#`, so that a shell takes the lines as they are.
    ...wrapWords(asCalled(what, called), width - 4).map((text) => chalk.dim(`# ${text}`)),
    ...wrapCommand(asCalled(line, called), width - INDENT.length),
  ];
  return [
    ...wrapWords(usage, width),
    '',
    ...wrapWords(describe, width),
    ...sections.flatMap(({ title, rows }) => ['', title, ...indented(table(rows, width - INDENT.length))]),
    '',
    'Examples:',
    ...indented(examples.flatMap(example)),
    '',
    ...wrapWords('FMNIST_* variables set flags too, e.g. FMNIST_BATCH_SIZE=64.', width),
  ];
}

function table(rows: readonly Row[], width: number): string[] {
  const left = Math.max(...rows.map(({ term }) => stringWidth(term))) + INDENT.length;
  if (width - left < TEXT_COLUMNS) {
    const under = '    ';
    return rows.flatMap(({ term, text }) => [
      term.trim(),
      ...wrapWords(text, width - under.length).map((line) => `${under}${line}`),
    ]);
  }
  return rows.flatMap(({ term, text }) =>
    wrapWords(text, width - left).map((line, i) => `${padEnd(i === 0 ? term : '', left)}${line}`),
  );
}
