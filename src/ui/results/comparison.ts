import type { Difference } from '../../differences.js';
import type { RunRecord } from '../../runs/read.js';
import type { EpochEnd } from '../../training/contracts/events.js';
import { METRICS, type Metric } from '../chart/metric-chart.js';
import { plot, type Series } from '../chart/plot.js';
import * as format from '../format.js';
import { wrapWords } from '../lines.js';
import type { Palette, Style } from '../palette.js';
import { type Cell, renderTable } from '../table.js';
import { CHART_HEIGHT, chartWidth, joinSections, lineWidth, type ResultView, sideBySide } from './layout.js';

/** These distinguish runs on a screen without colour; with more runs they repeat in other colours. */
const SHAPES = [
  ['thin', '─'],
  ['double', '═'],
  ['heavy', '━'],
  ['dashed', '╌'],
] as const;

export interface Comparison {
  readonly runs: readonly RunRecord[];
  readonly best: {
    readonly name: string;
    readonly metric: 'testAccuracy' | 'bestValAccuracy';
    readonly value: number;
    readonly lead: number;
  } | null;
  readonly differences: readonly Difference[];
}

/** Charts with one line a run, a table of their results, and the settings in which they differ, as lines. */
export function renderComparison(comparison: Comparison, view: ResultView): string[] {
  const { runs, differences } = comparison;
  const { palette } = view;
  const chart = (metric: Metric) => overlaid(metric, runs, view);
  return joinSections([
    legend(runs, palette),
    sideBySide(chart('loss'), chart('accuracy'), view),
    results(runs, lineWidth(view)),
    winner(comparison).flatMap((line) => wrapWords(line, lineWidth(view))),
    differences.length === 0 ? ['Their settings are the same.'] : settings(runs, differences, lineWidth(view)),
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

const METRIC_NAMES = { testAccuracy: 'test accuracy', bestValAccuracy: 'validation accuracy' } as const;

/** Which run does best, and by how much. */
function winner({ runs, best }: Comparison): string[] {
  if (best === null) return [];
  const of = `${METRIC_NAMES[best.metric]}, ${format.percent(best.value)}`;
  const equals = runs.flatMap((run, i) => (run[best.metric] === best.value ? [letter(i)] : []));
  if (best.lead === 0) return [`${equals.join(' and ')} have the same best ${of}.`];
  return [`${equals[0]} has the best ${of}: ${points(best.lead)} above the next.`];
}

/** 0.0188 → `1.88 points`. */
function points(share: number): string {
  return `${(share * 100).toFixed(2)} points`;
}

/** A share, and how far it is from that of the first run. */
function compared(value: number | null, first: number | null, isFirst: boolean): Cell {
  const text = format.percent(value);
  if (isFirst || value === null || first === null) return text;
  const delta = (value - first) * 100;
  return [`${delta < 0 ? '−' : '+'}${Math.abs(delta).toFixed(2)}  ${text}`, text];
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
      compared(run.bestValAccuracy, runs[0]?.bestValAccuracy ?? null, i === 0),
      compared(run.testAccuracy, runs[0]?.testAccuracy ?? null, i === 0),
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
