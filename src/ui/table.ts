import chalk from 'chalk';
import Table from 'cli-table3';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A table for the terminal: a header, rows, and a last row that is set apart when there is a `footer`. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  footer?: readonly string[],
): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...RULES_ONLY },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
  });
  table.push(...rows.map((row) => [...row]));
  if (footer) table.push([...footer]);
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const rule = chalk.dim('─'.repeat(Math.max(...lines.map((line) => line.length)) - 0));
  const [head = '', ...body] = lines;
  const last = footer ? body.splice(-1) : [];
  return [chalk.bold(head), rule, ...body, ...(footer ? [rule, ...last] : [])].join('\n');
}

/** No frame: rules above and below the rows read better in a narrow terminal and in a log. */
const RULES_ONLY = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const;
