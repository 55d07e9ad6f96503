import type { EChartsCoreOption } from 'echarts/core';
import type { Theme } from './theme.js';

/** A drawing with all that goes with it. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** One sentence for who cannot see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** Pixels below which it cannot be read, however narrow the page is; 220 where nothing is said. */
  readonly leastHeight?: number;
  /** What Apache ECharts draws. */
  option(theme: Theme): EChartsCoreOption;
  /** The same figures as a table. */
  readonly table: ChartTable;
}

export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Dashes that tell lines apart without colour. */
export const DASHES = ['solid', [7, 4], [2, 3], [10, 3, 2, 3], [12, 4], [4, 2]] as const;
export const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect'] as const;

export interface Line {
  readonly name: string;
  /** [x, y]; null breaks the line. */
  readonly points: readonly (readonly [number, number | null])[];
  /** Index of its colour, dash and symbol; up to 36 lines look different. */
  readonly style: number;
  /** Marks its points. */
  readonly marked: boolean;
  readonly width?: number;
  readonly step?: boolean;
}

export interface LineChart extends Pick<Chart, 'id' | 'title' | 'description' | 'table'> {
  readonly lines: readonly Line[];
  readonly x: Axis;
  readonly y: Axis;
  readonly width?: number;
  readonly height?: number;
}

interface Axis {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly log?: boolean;
  readonly format?: (value: number) => string;
  readonly interval?: number;
}

/** Lines over a common axis, with a legend under the title and the figures where the pointer is. */
export function lineChart({ lines, x, y, width = 640, height = 360, ...chart }: LineChart): Chart {
  const legend = (legendRows(lines.map(({ name }) => name)) - 1) * LEGEND_ROW;
  return {
    ...chart,
    width,
    height: height + legend,
    option: (theme) => ({
      ...frame(theme, chart.title),
      legend: {
        top: 26,
        left: 4,
        itemWidth: 30,
        itemHeight: 8,
        itemGap: 16,
        padding: 0,
        textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 12 },
        inactiveColor: theme.grid,
        data: lines.map(({ name, ...line }) => ({ name, ...(symbolOf(line) === 'none' && NO_SYMBOL) })),
      },
      grid: { left: 58, right: 18, top: 56 + legend, bottom: 44 },
      tooltip: tooltip(theme, (value) => (x.format ?? plain)(value), x.name, y.format ?? plain),
      xAxis: axis(theme, x, 'middle', 26),
      yAxis: { ...axis(theme, y, 'middle', 42), splitLine: { lineStyle: { color: theme.grid, width: 0.7 } } },
      dataZoom: [{ type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false }],
      series: lines.map((line) => series(theme, line)),
    }),
  };
}

const LEGEND_ROW = 24;
/** Charts are this wide where two stand side by side. */
const NARROW = 460;

/** Rows that names take in a narrow chart, at about 6.5 pixels a letter and 50 around each name. */
function legendRows(names: readonly string[]): number {
  let [rows, used] = [1, 0];
  for (const name of names) {
    const needed = name.length * 6.5 + 50;
    if (used > 0 && used + needed > NARROW) [rows, used] = [rows + 1, 0];
    used += needed;
  }
  return rows;
}

function series(theme: Theme, { name, points, style, marked, width = 1.8, step }: Line) {
  const colour = theme.series[style % theme.series.length] ?? theme.ink;
  return {
    type: 'line',
    name,
    data: points.map((point) => [...point]),
    color: colour,
    lineStyle: { color: colour, width, type: DASHES[formOf(style) % DASHES.length] },
    itemStyle: { color: colour, borderColor: colour },
    symbol: symbolOf({ style, marked, points }),
    symbolSize: points.length > 60 ? 3 : 5.5,
    showAllSymbol: true,
    connectNulls: false,
    step: step === true ? 'end' : false,
    emphasis: { disabled: true },
    animation: false,
  };
}

/** Dashes and symbols move on by one when the colours begin again. */
function formOf(style: number): number {
  return style + Math.floor(style / DASHES.length);
}

function symbolOf({ style, marked, points }: Pick<Line, 'style' | 'marked' | 'points'>): string {
  // A point alone makes no line.
  return marked || points.length === 1 ? (SYMBOLS[formOf(style) % SYMBOLS.length] ?? 'circle') : 'none';
}

/** A legend puts a circle where a line has no symbols. */
const NO_SYMBOL = { itemStyle: { opacity: 0 } } as const;

/** What all charts have. */
export function frame(theme: Theme, title: string) {
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: theme.font, color: theme.ink },
    title: {
      text: title,
      left: 4,
      top: 2,
      padding: 0,
      textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 14, fontWeight: 600 },
    },
  };
}

export function axis(theme: Theme, { name, min, max, log, format, interval }: Axis, place: 'middle', gap: number) {
  return {
    type: log === true ? 'log' : 'value',
    name,
    nameLocation: place,
    nameGap: gap,
    nameTextStyle: { color: theme.soft, fontFamily: theme.font, fontSize: 12 },
    ...(min === undefined ? { scale: true } : { min }),
    ...(max === undefined ? {} : { max }),
    ...(interval === undefined ? {} : { interval }),
    minInterval: 0,
    axisLine: { show: true, lineStyle: { color: theme.soft, width: 1 } },
    axisTick: { show: true, lineStyle: { color: theme.soft } },
    axisLabel: {
      color: theme.ink,
      fontFamily: theme.font,
      fontSize: 11,
      hideOverlap: true,
      ...(format === undefined ? {} : { formatter: format }),
    },
    splitLine: { show: false },
    axisPointer: { lineStyle: { color: theme.soft, width: 1, type: 'dashed' }, label: { show: false } },
  };
}

/** What ECharts tells of the points under the pointer. */
interface Hovered {
  readonly seriesName: string;
  readonly value: readonly [number, number | null];
  readonly marker: string;
}

function tooltip(theme: Theme, x: (value: number) => string, xName: string, y: (value: number) => string) {
  return {
    trigger: 'axis',
    ...tooltipBox(theme),
    formatter: (hovered: readonly Hovered[]) => {
      const [first] = hovered;
      if (first === undefined) return '';
      const rows = hovered.map(
        ({ seriesName, value, marker }) =>
          `${marker}${escapeHtml(seriesName)} <b>${value[1] === null ? '–' : escapeHtml(y(value[1]))}</b>`,
      );
      return [`${escapeHtml(xName)} ${escapeHtml(x(first.value[0]))}`, ...rows].join('<br>');
    },
  };
}

export function tooltipBox(theme: Theme) {
  return {
    backgroundColor: theme.ground,
    borderColor: theme.grid,
    textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 12 },
    confine: true,
    transitionDuration: 0,
  };
}

/** Text as text, wherever HTML puts it. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A value as people write it: JSON, but text without its quotes. */
export function bare(json: string): string {
  return json.replace(/^"(.*)"$/s, '$1');
}

/** Four significant digits, without noise. */
export function plain(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return String(Number(value.toPrecision(4)));
}

export function percent(value: number): string {
  return `${(value * 100).toFixed(2)}%`;
}

/** At most about `most` rows, evenly, with the last. */
export function fewRows<Item>(items: readonly Item[], most = 120): Item[] {
  const apart = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, i) => i % apart === 0 || i === items.length - 1);
}
