import type { EpochEnd } from '../../training/contracts/events.js';
import { type Metric, metricChart } from '../chart/metric-chart.js';
import type { Point } from '../chart/resample.js';
import { padEnd } from '../lines.js';
import type { Palette } from '../palette.js';
import type { ColourMode } from '../pixels.js';

/** What results are drawn for. */
export interface ResultView {
  readonly columns: number;
  readonly palette: Palette;
}

/** The same with pictures, and how they are drawn. */
export interface PictureView extends ResultView {
  readonly pictures: ColourMode;
}

export const CHART_HEIGHT = 14;
const WIDEST_CHART = 72;
/** From this width on two charts and a gap fit side by side. */
const SIDE_BY_SIDE = 99;

/** Columns of a line: some terminals wrap one that ends in the last column. */
export function lineWidth({ columns }: ResultView): number {
  return Math.max(1, columns - 1);
}

/** Columns of one chart of two. */
export function chartWidth(view: ResultView): number {
  const width = lineWidth(view);
  return Math.min(WIDEST_CHART, width >= SIDE_BY_SIDE ? Math.floor((width - 3) / 2) : width);
}

/** Two charts of equal height side by side where there is room, else one below the other. */
export function sideBySide(left: readonly string[], right: readonly string[], view: ResultView): string[] {
  if (lineWidth(view) < SIDE_BY_SIDE) return [...left, '', ...right];
  return left.map((line, i) => `${padEnd(line, chartWidth(view) + 3)}${right[i] ?? ''}`);
}

/**
 * Loss and accuracy of a run's epochs.
 *
 * @param steps the training curves within epochs, to draw instead of one point an epoch
 */
export function metricCharts(
  history: readonly EpochEnd[],
  view: ResultView,
  steps?: Readonly<Record<Metric, readonly Point[]>>,
): string[] {
  const { palette } = view;
  const size = { width: chartWidth(view), height: CHART_HEIGHT };
  const chart = (metric: Metric) =>
    metricChart({ metric, history, steps: steps?.[metric], palette, ...size, log: false });
  return sideBySide(chart('loss'), chart('accuracy'), view);
}

/** Sections with a blank line between them; empty ones are left out. */
export function joinSections(sections: readonly (readonly string[])[]): string[] {
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, i) => (i === 0 ? section : ['', ...section]));
}
