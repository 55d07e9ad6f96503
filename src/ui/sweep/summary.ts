import { commandLine, inRunsDir } from '../../command-line.js';
import { spread } from '../../statistics.js';
import type { Point } from '../../sweep/space.js';
import type { SweepSummary, TrialSummary } from '../../sweep/summary.js';
import { csvLines } from '../csv.js';
import * as format from '../format.js';
import { joinWrapped, wrapWords } from '../lines.js';
import type { Palette } from '../palette.js';
import { renderTable } from '../table.js';
import { scoreText, shortPath } from './reporter.js';

interface SweepView {
  readonly columns: number;
  /** Columns for the table. */
  readonly width: number;
  readonly palette: Palette;
}

/**
 * A sweep's trials, best first, what mattered, and what to type next.
 *
 * @param again flags to go on with
 */
export function renderSweep(
  summary: SweepSummary,
  { columns, width, palette }: SweepView,
  again: readonly string[],
): string[] {
  const { name, metric, trials, importance, isOver, best } = summary;
  const paths = Object.keys(trials[0]?.parameters ?? {});
  const table = renderTable(
    [
      { title: 'Trial', align: 'right' },
      { title: 'Status', rank: paths.length + 2 },
      { title: 'Epochs', align: 'right', rank: paths.length + 1 },
      { title: [metric, 'Score'], align: 'right' },
      ...paths.map((path, i) => ({ title: shortPath(path), rank: i + 1 })),
    ],
    trials.map((trial) => row(trial, metric, paths)),
    { width },
  );
  const mattered = Object.entries(importance)
    .sort(([, a], [, b]) => b - a)
    .map(([path, share]) => `${shortPath(path)} ${share.toFixed(2)}`);
  const next = !isOver
    ? commandLine('sweep', 'run', summary.folder, ...again)
    : best === undefined
      ? undefined
      : commandLine('sweep', 'finish', summary.folder, ...again);
  return [
    `${palette.strong(`sweep ${name}`)} · ${summary.done} trainings done${isOver ? '' : ', not over'}`,
    ...table,
    ...(mattered.length > 0 ? ['', ...joinWrapped(['what mattered (0 to 1)', ...mattered], columns - 1)] : []),
    ...(next === undefined ? [] : ['', `next: ${palette.strong(next)}`]),
  ];
}

function row({ trial, status, epochs, score, parameters, message }: TrialSummary, metric: string, paths: string[]) {
  return [
    String(trial),
    message === undefined ? status : ([`${status}: ${message}`, status] as const),
    String(epochs),
    scoreText(metric, score),
    ...paths.map((path) => JSON.stringify(parameters[path])),
  ];
}

/** A header and a row a trial; parameters are JSON. */
export function summaryCsv({ metric, trials }: SweepSummary): string {
  const paths = Object.keys(trials[0]?.parameters ?? {});
  const rows = trials.map(({ trial, status, score, epochs, parameters }) => [
    ...[trial, status, score ?? '', epochs],
    ...paths.map((path) => JSON.stringify(parameters[path])),
  ]);
  return csvLines([['trial', 'status', metric, 'epochs', ...paths], ...rows]);
}

interface FinishView {
  readonly trial: number;
  readonly parameters: Point;
  readonly runs: readonly { readonly run: string; readonly testAccuracy: number; readonly testLoss: number }[];
}

/**
 * What the test said of the best trial: of each seed, and their mean and standard deviation where there are several.
 *
 * @param width columns to break lines at
 */
export function renderFinish({ trial, parameters, runs }: FinishView, runsDir: string, width: number): string[] {
  const values = Object.entries(parameters).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
  const { mean, deviation } = spread(runs.map(({ testAccuracy }) => testAccuracy));
  return [
    ...wrapWords(`best: trial ${trial} with ${values.join(', ')}`, width),
    ...runs.flatMap(({ run, testAccuracy, testLoss }) => {
      const facts = [run, `test accuracy ${format.percent(testAccuracy)}`, `test loss ${format.loss(testLoss)}`];
      return joinWrapped(facts, width, '  ');
    }),
    ...(runs.length > 1 ? [`mean ${format.percent(mean)}, standard deviation ${format.percent(deviation)}`] : []),
    '',
    `next: ${commandLine('runs', 'show', runs[0]?.run ?? 'last', ...inRunsDir(runsDir))}`,
  ];
}
