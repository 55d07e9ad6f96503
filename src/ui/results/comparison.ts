import type { Difference } from '../../differences.js';
import type { RunRecord } from '../../runs/read.js';
import type { EpochEnd } from '../../training/contracts/events.js';
import { METRICS, type Metric } from '../chart/metric-chart.js';
import { plot, type Series } from '../chart/plot.js';
import * as format from '../format.js';
import type { Palette, Style } from '../palette.js';
import { renderTable } from '../table.js';
import { CHART_HEIGHT, chartWidth, joinSections, lineWidth, type ResultView, sideBySide } from './layout.js';

/** These distinguish runs on a screen without colour; with more runs they repeat in other colours. */
const SHAPES = [
  ['thin', '─'],
  ['double', '═'],
  ['heavy', '━'],
  ['dashed', '╌'],
] as const;

/** Charts with one line a run, a table of their results, and the settings in which they differ, as lines. */
export function renderComparison(
  runs: readonly RunRecord[],
  differing: readonly Difference[],
  view: ResultView,
): string[] {
  const { palette } = view;
  const chart = (metric: Metric) => overlaid(metric, runs, view);
  return joinSections([
    legend(runs, palette),
    sideBySide(chart('loss'), chart('accuracy'), view),
    results(runs, lineWidth(view)),
    differing.length === 0 ? ['Their settings are the same.'] : settings(runs, differing, lineWidth(view)),
  ]);
}

function letter(index: number): string {
  return String.fromCharCode(65 + (index % 26));
}

function styleOf(index: number, palette: Palette): Style {
  return palette.series[index % palette.series.length] ?? palette.train;
}

function legend(runs: readonly RunRecord[], palette: Palette): string[] {
  return runs.map(({ name }, i) => {
    const line = SHAPES[i % SHAPES.length]?.[1] ?? '─';
    return `${styleOf(i, palette)(`${letter(i)} ${line.repeat(3)}`)} ${name}`;
  });
}

/** Validation epoch by epoch; a run of one epoch has no curve of it, so that training is shown within the epochs. */
function overlaid(metric: Metric, runs: readonly RunRecord[], view: ResultView): string[] {
  const within = runs.some(({ history }) => history.length < 2) && runs.every(({ curve }) => curve.length > 1);
  const { palette } = view;
  const width = chartWidth(view);
  const series = runs.map((run, i): Series => {
    const points = within
      ? run.curve.map((point) => ({ x: point.epoch, y: point[metric] }))
      : run.history.map((epoch) => ({ x: epoch.epoch, y: validation(epoch, metric) }));
    const scaled = points.map(({ x, y }) => ({ x, y: y * METRICS[metric].scale }));
    return { points: scaled, shape: SHAPES[i % SHAPES.length]?.[0] ?? 'thin', style: styleOf(i, palette) };
  });
  const last = Math.max(1, ...runs.map(({ history }) => history.at(-1)?.epoch ?? 1));
  const start = within ? 'epoch 0' : 'epoch 1';
  const axis = `${start}${String(last).padStart(Math.max(1, width - start.length))}`;
  const lines = plot(series, { width, height: CHART_HEIGHT - 2, log: false, dim: palette.dim });
  return [
    palette.strong(`${within ? 'training' : 'validation'} ${METRICS[metric].title}`),
    ...lines,
    palette.dim(axis),
  ];
}

function validation(epoch: EpochEnd, metric: Metric): number {
  return (metric === 'loss' ? epoch.valLoss : epoch.valAccuracy) ?? epoch[metric];
}

function results(runs: readonly RunRecord[], width: number): string[] {
  return renderTable(
    [
      { title: '' },
      { title: 'Status' },
      { title: 'Epochs', align: 'right' },
      { title: 'Best val', align: 'right' },
      { title: 'Test', align: 'right' },
      { title: 'Time', align: 'right' },
    ],
    runs.map((run, i) => [
      letter(i),
      run.status,
      String(run.epochs),
      format.percent(run.bestValAccuracy),
      format.percent(run.testAccuracy),
      run.seconds === null ? '–' : format.clock(run.seconds),
    ]),
    { width },
  );
}

function settings(runs: readonly RunRecord[], differing: readonly Difference[], width: number): string[] {
  // Long values are cut so that the table keeps within the terminal.
  const room = Math.max(8, Math.floor((width - 31) / Math.max(1, runs.length)) - 2);
  const cut = (text: string) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
  return renderTable(
    [{ title: 'Setting' }, ...runs.map((_, i) => ({ title: letter(i) }))],
    differing.map(({ path, values }) => [
      path.length > 30 ? `…${path.slice(-29)}` : path,
      ...values.map((value) => cut(value ?? '–')),
    ]),
    { width },
  );
}
