import { commandLine, inRunsDir } from '../../command-line.js';
import type { RunListing } from '../../runs/read.js';
import * as format from '../format.js';
import type { Palette } from '../palette.js';
import { type Column, renderTable } from '../table.js';

const COLUMNS: readonly Column[] = [
  { title: 'Run' },
  { title: 'Status', rank: 2 },
  { title: 'Epochs', align: 'right', rank: 3 },
  { title: 'Best val', align: 'right', rank: 4 },
  { title: 'Test', align: 'right', rank: 1 },
  { title: 'Time', align: 'right', rank: 5 },
  { title: 'Size', align: 'right', rank: 6 },
];
const TAGS: Column = { title: 'Tags', rank: 7 };

/** Every run in a line of at most `width` columns, what they take together, and what to type next. */
export function renderRunList(
  runs: readonly RunListing[],
  { runsDir, filtered }: { readonly runsDir: string; readonly filtered: boolean },
  { width, palette }: { readonly width: number; readonly palette: Palette },
): string[] {
  if (runs.length === 0) {
    return [
      filtered
        ? `No run in ${runsDir} passes the filter.`
        : `No runs in ${runsDir}. Start one with: ${commandLine('train', ...inRunsDir(runsDir))}`,
    ];
  }
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  return [
    ...runTable(runs, width),
    ...runs.flatMap(({ problem }) => (problem === undefined ? [] : [`! ${problem}`])),
    '',
    ...(runs.length > 1 ? [`${format.plural(runs.length, 'run')}, ${format.bytes(bytes)}`] : []),
    `next: ${palette.strong(next(runs, runsDir))}`,
  ];
}

/** A line a run, with their tags where there are some. */
export function runTable(runs: readonly RunListing[], width: number): string[] {
  const tagged = runs.some(({ tags }) => tags.length > 0);
  const rows = runs.map((run) => [...row(run), ...(tagged ? [run.tags.join(' ')] : [])]);
  return renderTable([...COLUMNS, ...(tagged ? [TAGS] : [])], rows, { width });
}

function row(run: RunListing): string[] {
  return [
    run.name,
    run.stoppedEarly ? 'early stop' : run.status,
    run.epochsPlanned === null ? '–' : `${run.epochs}/${run.epochsPlanned}`,
    format.percent(run.bestValAccuracy),
    format.percent(run.testAccuracy),
    run.seconds === null ? '–' : format.clock(run.seconds),
    format.bytes(run.bytes),
  ];
}

function next(runs: readonly RunListing[], runsDir: string): string {
  const [trial] = runs.flatMap(({ sweep }) => sweep ?? []);
  if (trial !== undefined) return commandLine('sweep', 'show', trial.name);
  const unfinished = runs.findLast(({ status }) => status === 'interrupted' || status === 'stopped');
  const words = unfinished === undefined ? ['runs', 'show', 'last'] : ['train', '--resume', unfinished.name];
  return commandLine(...words, ...inRunsDir(runsDir));
}
