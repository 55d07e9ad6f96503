import type { EpochEnd } from '../../training/contracts/events.js';
import type { Palette } from '../palette.js';
import { type PlotOptions, plot, type Series } from './plot.js';
import type { Point } from './resample.js';

export type Metric = 'loss' | 'accuracy';

/** Accuracy is in percent, as everywhere on the screen. */
export const METRICS = {
  loss: { title: 'loss', scale: 1 },
  accuracy: { title: 'accuracy (%)', scale: 100 },
} as const satisfies Record<Metric, { readonly title: string; readonly scale: number }>;

export interface MetricChart {
  readonly metric: Metric;
  readonly history: readonly EpochEnd[];
  /** The training curve within epochs; undefined for one point an epoch. */
  readonly steps?: readonly Point[] | undefined;
  readonly palette: Palette;
  readonly width: number;
  /** Title and x axis included; at least 4. */
  readonly height: number;
  readonly log: boolean;
}

/** A titled chart of a metric for training (thin line) and validation (double line), exactly `height` lines. */
export function metricChart({ metric, history, steps, palette, width, height, log }: MetricChart): string[] {
  const train = steps ?? history.map((one) => ({ x: one.epoch, y: one[metric] }));
  const scaled = (points: readonly Point[]) => points.map(({ x, y }) => ({ x, y: y * METRICS[metric].scale }));
  const series: Series[] = [
    { points: scaled(train), shape: 'thin', style: palette.train },
    { points: scaled(validation(history, metric)), shape: 'double', style: palette.validation },
  ];
  const options: PlotOptions = { width, height: height - 2, log, dim: palette.dim };
  return [title(metric, log, width, palette), ...plot(series, options), palette.dim(xAxis(series, width))];
}

function validation(history: readonly EpochEnd[], metric: Metric): Point[] {
  const key = metric === 'loss' ? 'valLoss' : 'valAccuracy';
  return history.flatMap((one) => {
    const y = one[key];
    return y === null ? [] : [{ x: one.epoch, y }];
  });
}

function title(metric: Metric, log: boolean, width: number, palette: Palette): string {
  const name = log ? `${metric} (log)` : METRICS[metric].title;
  const legend = 'train ─  val ═';
  const gap = width - name.length - legend.length;
  if (gap < 1) return palette.strong(name.slice(0, Math.max(0, width)));
  return `${palette.strong(name)}${' '.repeat(gap)}${palette.train('train ─')}  ${palette.validation('val ═')}`;
}

/** First and last epoch under the ends of the chart. */
function xAxis(series: readonly Series[], width: number): string {
  // Points are in order of x.
  const ends = series.flatMap(({ points }) => [points[0], points.at(-1)]).flatMap((point) => point?.x ?? []);
  if (ends.length === 0) return '';
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const text = (x: number) => x.toFixed(1).replace(/\.0$/, '');
  const left = `epoch ${text(low)}`;
  const right = text(high);
  const gap = width - left.length - right.length;
  return gap < 1 ? left.slice(0, Math.max(0, width)) : `${left}${' '.repeat(gap)}${right}`;
}
