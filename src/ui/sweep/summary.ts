import { commandLine } from '../../command-line.js';
import type { SweepSummary, TrialSummary } from '../../sweep/summary.js';
import { csvLines } from '../csv.js';
import { plural } from '../format.js';
import { joinWrapped } from '../lines.js';
import type { Palette } from '../palette.js';
import { renderTable } from '../table.js';
import { scoreText, shortPath } from './words.js';

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
    `${palette.strong(`sweep ${name}`)} · ${plural(summary.done, 'training')} done${isOver ? '' : ', not over'}`,
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
