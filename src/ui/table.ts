import chalk from 'chalk';
import { cut, padEnd, padStart, stringWidth } from './lines.js';

/** A text, and a shorter one for a table that is too wide. */
export type Cell = string | readonly [text: string, short: string];

export interface Column {
  readonly title: Cell;
  readonly align?: 'left' | 'right';
  /** Columns with a rank leave a table that is too wide, the highest rank first; the others stay. */
  readonly rank?: number;
}

export interface TableOptions {
  /** A last row that is set apart. */
  readonly footer?: readonly Cell[];
  /** Columns of the screen; without it the table is as wide as it likes. */
  readonly width?: number;
}

interface Layout {
  readonly gap: number;
  readonly short: boolean;
  /** Indices of the columns that are shown. */
  readonly columns: readonly number[];
}

/**
 * A table without a frame, which reads better in a narrow terminal and in a log: a header, rows, and a footer. Where it
 * is too wide, its gaps become narrow, its cells short, then columns are left out, and at last its first column is cut.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { footer, width = Number.POSITIVE_INFINITY }: TableOptions = {},
): string[] {
  const all = [columns.map(({ title }) => title), ...rows, ...(footer === undefined ? [] : [footer])];
  const { lines, total } = fitted(columns, all, width);
  const [head = '', ...body] = lines.map((line) => cut(line, width));
  const rule = chalk.dim('─'.repeat(Math.min(width, total)));
  const last = footer === undefined ? [] : body.splice(-1);
  return [chalk.bold(head), rule, ...body, ...(footer === undefined ? [] : [rule, ...last])];
}

function fitted(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number) {
  const all = layouts(columns);
  for (const layout of all) {
    const drawn = draw(columns, rows, layout);
    if (drawn.total <= width) return drawn;
  }
  // Of names and paths the end tells most.
  const { gap, columns: shown } = all.at(-1) as Layout;
  const short = rows.map((row) => row.map((cell) => textOf(cell, true)));
  const widthOf = (index: number) => Math.max(...short.map((row) => stringWidth(row[index] ?? '')));
  const others = shown.slice(1).reduce((sum, index) => sum + gap + widthOf(index), 0);
  const room = Math.max(8, width - others);
  const cutName = (name = '') => (name.length > room ? `…${name.slice(name.length - room + 1)}` : name);
  const named = short.map(([name, ...rest]) => [cutName(name), ...rest]);
  return draw(columns, named, { gap, short: true, columns: shown });
}

/** From the roomiest to the narrowest. */
function layouts(columns: readonly Column[]): Layout[] {
  const indices = columns.map((_, index) => index);
  const rank = (index: number) => columns[index]?.rank ?? 0;
  const ranks = [...new Set(indices.map(rank))].filter((one) => one > 0).sort((a, b) => b - a);
  return [
    { gap: 2, short: false, columns: indices },
    { gap: 1, short: false, columns: indices },
    { gap: 1, short: true, columns: indices },
    ...ranks.map((most) => ({ gap: 1, short: true, columns: indices.filter((index) => rank(index) < most) })),
  ];
}

function draw(columns: readonly Column[], rows: readonly (readonly Cell[])[], { gap, short, columns: shown }: Layout) {
  const text = (row: readonly Cell[], index: number) => textOf(row[index], short);
  const widths = shown.map((index) => Math.max(...rows.map((row) => stringWidth(text(row, index)))));
  const lines = rows.map((row) =>
    shown
      .map((index, i) => {
        const pad = columns[index]?.align === 'right' ? padStart : padEnd;
        return pad(text(row, index), widths[i] ?? 0);
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
  return { lines, total: Math.max(...lines.map(stringWidth)) };
}

function textOf(cell: Cell = '', short: boolean): string {
  return typeof cell === 'string' ? cell : short ? cell[1] : cell[0];
}
