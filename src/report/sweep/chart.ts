import { bare, type Chart, escapeHtml, frame, percent, plain, tooltipBox } from '../charts/chart.js';
import type { Theme } from '../charts/theme.js';
import type { SweepAxis, SweepReport } from './schema.js';

type Trial = SweepReport['trials'][number];
type Scored = Trial & { readonly score: number };

/** What ECharts tells of the line under the pointer. */
interface Hovered {
  readonly dataIndex: number;
}

/**
 * Parallel coordinates: an upright axis for each parameter, the last one for the metric, and a line through them for each
 * trial, in the colours of how well it did. Null where no trial has a score.
 */
export function parallelChart({ axes, trials, metric, maximize, name }: SweepReport): Chart | null {
  // The best is drawn last, over the others.
  const scored = trials.filter((trial): trial is Scored => trial.score !== null).toReversed();
  if (scored.length === 0) return null;
  const merit = merits(scored, maximize);
  const epochs = new Set(scored.map((trial) => trial.epochs)).size > 1;
  const row = (trial: Scored) => [
    ...axes.map((axis) => coordinate(axis, trial)),
    ...(epochs ? [trial.epochs] : []),
    trial.score,
  ];
  return {
    id: 'parallel',
    title: 'Parallel coordinates',
    description: `A line for each of ${scored.length} trials of ${name}, through its parameters to its ${metric}.`,
    width: 1180,
    height: 420,
    option: (theme) => ({
      ...frame(theme, `${scored.length} trials by ${metric}`),
      tooltip: {
        ...tooltipBox(theme),
        formatter: ({ dataIndex }: Hovered) => describe(scored[dataIndex], metric),
      },
      parallel: { left: 76, right: 76, top: 48, bottom: 26, axisExpandable: false },
      parallelAxis: [
        ...axes.map((axis, dim) => ({ dim, ...parameterAxis(theme, axis) })),
        ...(epochs ? [{ dim: axes.length, ...look(theme, 'epochs'), minInterval: 1 }] : []),
        {
          dim: axes.length + (epochs ? 1 : 0),
          ...look(theme, metric, isShare(metric) ? (value) => `${Math.round(value * 100)}%` : plain),
          scale: true,
          inverse: !maximize,
        },
      ],
      series: [
        {
          type: 'parallel',
          animation: false,
          smooth: 0.15,
          inactiveOpacity: 0.06,
          activeOpacity: 1,
          data: scored.map((trial, i) => {
            const strong = { color: theme.merit(merit[i] ?? 0), width: 3.2, opacity: 1 };
            return {
              value: row(trial),
              lineStyle: i === scored.length - 1 ? strong : { ...strong, width: 1.4, opacity: 0.75 },
              emphasis: { lineStyle: strong },
            };
          }),
        },
      ],
    }),
    table: trialTable(trials, axes, metric),
  };
}

/** Every trial, best first. */
export function trialTable(trials: readonly Trial[], axes: readonly SweepAxis[], metric: string) {
  const format = metricFormat(metric);
  return {
    columns: ['trial', 'status', 'epochs', metric, ...axes.map(({ path }) => path)],
    rows: trials.map((trial) => [
      String(trial.trial),
      trial.message === null ? trial.status : `${trial.status}: ${trial.message}`,
      String(trial.epochs),
      trial.score === null ? '–' : format(trial.score),
      ...axes.map(({ path }) => bare(JSON.stringify(trial.parameters[path] ?? null))),
    ]),
  };
}

export function metricFormat(metric: string): (value: number) => string {
  return isShare(metric) ? percent : plain;
}

function isShare(metric: string): boolean {
  return /accuracy/i.test(metric);
}

/** From 0 for the worst to 1 for the best, by rank: one that went astray does not make all others alike. */
function merits(trials: readonly Scored[], maximize: boolean): number[] {
  const worse = (a: number, b: number) => (maximize ? a < b : a > b);
  return trials.map(({ score }) => {
    const below = trials.filter((other) => worse(other.score, score)).length;
    return trials.length === 1 ? 1 : below / (trials.length - 1);
  });
}

function coordinate({ path, values }: SweepAxis, { parameters }: Trial): number | string {
  const value = parameters[path];
  if (values !== null) return JSON.stringify(value);
  return typeof value === 'number' ? value : Number.NaN;
}

function parameterAxis(theme: Theme, { path, values, log }: SweepAxis) {
  if (values !== null)
    return { ...look(theme, path), type: 'category', data: [...values], axisTick: { alignWithLabel: true } };
  return { ...look(theme, path), type: log ? 'log' : 'value', scale: true };
}

function look(theme: Theme, name: string, format = plain) {
  const words = { fontFamily: theme.font, fontSize: 11 };
  return {
    name: name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name,
    nameLocation: 'start',
    nameTextStyle: { ...words, color: theme.ink, fontWeight: 600 },
    nameGap: 14,
    axisLine: { lineStyle: { color: theme.soft, width: 1 } },
    axisTick: { lineStyle: { color: theme.soft } },
    // A halo, since lines run through the marks.
    axisLabel: {
      ...words,
      color: theme.ink,
      textBorderColor: theme.ground,
      textBorderWidth: 3,
      formatter: (value: number | string) => label(value, format),
    },
    areaSelectStyle: { width: 18, borderWidth: 1, borderColor: theme.soft, color: theme.grid, opacity: 0.5 },
  };
}

/** Letters of a path that have room over an axis; its end says more than its beginning. */
const LONGEST_NAME = 24;

function label(value: number | string, format: (value: number) => string): string {
  const text = typeof value === 'number' ? format(value) : bare(value);
  return text.length > 16 ? `${text.slice(0, 15)}…` : text;
}

function describe(trial: Scored | undefined, metric: string): string {
  if (trial === undefined) return '';
  const { parameters, score, epochs } = trial;
  return [
    `trial <b>${trial.trial}</b>, ${epochs} epoch${epochs === 1 ? '' : 's'}`,
    `${escapeHtml(metric)} <b>${metricFormat(metric)(score)}</b>`,
    ...Object.entries(parameters).map(
      ([path, value]) => `${escapeHtml(path)} ${escapeHtml(bare(JSON.stringify(value)))}`,
    ),
  ].join('<br>');
}
