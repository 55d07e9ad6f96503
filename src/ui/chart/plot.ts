import asciichart from 'asciichart';
import type { Style } from '../palette.js';
import { axisLabels } from './axis.js';
import { type Point, resample, type Samples } from './resample.js';

type Symbols = [string, string, string, string, string, string, string, string, string, string];

/** asciichart's: axis crossing, axis, ends, horizontal, corners (down-right, up-right, right-down, right-up), vertical. */
const SHAPES = {
  thin: ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'],
  double: ['╪', '┤', '╶', '╴', '═', '╚', '╔', '╗', '╝', '║'],
  heavy: ['┿', '┤', '╶', '╴', '━', '┗', '┏', '┓', '┛', '┃'],
  dashed: ['┼', '┤', '╶', '╴', '╌', '╰', '╭', '╮', '╯', '╎'],
} satisfies Record<string, Symbols>;

const LEVEL = new Set(Object.values(SHAPES).map(([, , , , horizontal]) => horizontal));

export interface Series {
  readonly points: readonly Point[];
  /** Told apart without colour. */
  readonly shape: keyof typeof SHAPES;
  readonly style: Style;
}

export interface PlotOptions {
  /** Columns, axis labels included. */
  readonly width: number;
  /** Rows, all of them of the chart; at least 2. */
  readonly height: number;
  readonly log: boolean;
  readonly dim: Style;
}

interface Cell {
  readonly text: string;
  readonly style: Style | undefined;
}

/** A chart of exactly `height` lines, none wider than `width`. Points that are not finite (or ≤ 0 on a log scale) are left out. */
export function plot(series: readonly Series[], { width, height, log, dim }: PlotOptions): string[] {
  const usable = series.map((one) => ({
    ...one,
    points: (log ? one.points.map(({ x, y }) => ({ x, y: Math.log10(y) })) : one.points).filter(({ x, y }) =>
      Number.isFinite(x + y),
    ),
  }));
  const all = usable.flatMap((one) => one.points);
  if (all.length === 0) return empty(width, height, dim);

  const [bottom, top] = paddedRange(all.map((point) => point.y));
  const labels = axisLabels(bottom, top, height, log);
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const columns = width - labelWidth - 2;
  if (columns < 2) return empty(width, height, dim);
  // A point left out still has its place: what is written under the chart is of all of them.
  const [low, high] = range(series.flatMap((one) => one.points.map((point) => point.x)));

  const grid: Cell[][] = Array.from({ length: height }, () => Array.from({ length: columns + 1 }, () => blank));
  for (const row of grid) row[0] = { text: '┤', style: dim };
  for (const one of usable) {
    const samples = resample(one.points, columns + 1, low, high);
    const rows = (y: number) => ((y - bottom) / (top - bottom)) * (height - 1);
    draw(grid, drawable(samples, columns, rows), SHAPES[one.shape], one.style);
  }
  return grid.map((row, i) => `${dim((labels[i] ?? '').padStart(labelWidth))} ${paint(row)}`);
}

const blank: Cell = { text: ' ', style: undefined };

/** asciichart draws segments between samples: a lone sample becomes a short one. */
function drawable({ start, values }: Samples, columns: number, rows: (y: number) => number): Samples {
  const only = values.length === 1 ? values[0] : undefined;
  if (only === undefined) return { start, values: values.map(rows) };
  return { start: Math.min(start, columns - 1), values: [rows(only), rows(only)] };
}

/** Each series is plotted by itself in rows 0 … height−1, so that asciichart's own rounding cannot change the height. */
function draw(grid: Cell[][], { start, values }: Samples, symbols: Symbols, style: Style): void {
  if (values.length === 0) return;
  const chart = asciichart.plot([...values], {
    min: 0,
    max: grid.length - 1,
    height: grid.length - 1,
    offset: 1,
    // A label takes a cell: an empty one would shift its row by a column.
    format: () => ' ',
    symbols,
  });
  const firstRow = grid.length - 1 - Math.round(values[0] ?? 0);
  chart.split('\n').forEach((line, y) => {
    const row = grid[y];
    [...line].forEach((text, x) => {
      // Column 0 is asciichart's axis: of it only the crossing where the series starts is ours.
      const seen = x > 0 ? text !== ' ' : start === 0 && y === firstRow;
      if (row === undefined || !seen || start + x >= row.length) return;
      // Level curves that meet take turns, so that neither hides the other.
      const level = LEVEL.has(text) && LEVEL.has(row[start + x]?.text ?? '');
      if (!level || x % 2 === 0) row[start + x] = { text, style };
    });
  });
}

/** Neighbours of one style become one coloured piece, and the blank end of the line goes. */
function paint(row: readonly Cell[]): string {
  let line = '';
  let piece = '';
  let style: Style | undefined;
  for (const cell of row) {
    if (cell.style !== style) {
      line += style?.(piece) ?? piece;
      piece = '';
      style = cell.style;
    }
    piece += cell.text;
  }
  return style === undefined ? `${line}${piece}`.trimEnd() : line + style(piece);
}

function range(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** A flat series still needs some height. */
function paddedRange(values: readonly number[]): [number, number] {
  const [low, high] = range(values);
  if (high - low > 1e-9 * Math.max(1, Math.abs(high))) return [low, high];
  const margin = Math.max(0.01, Math.abs(high) * 0.05);
  return [low - margin, high + margin];
}

function empty(width: number, height: number, dim: Style): string[] {
  const words = 'nothing to draw yet'.slice(0, Math.max(0, width));
  return Array.from({ length: height }, (_, i) => (i === Math.floor(height / 2) ? dim(words) : ''));
}
