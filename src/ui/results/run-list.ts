import type { RunListing } from '../../runs/read.js';
import * as format from '../format.js';
import { renderTable } from '../table.js';

/** Every run in a line, oldest first, and what to type next. */
export function renderRunList(runs: readonly RunListing[], runsDir: string): string {
  if (runs.length === 0) return `No runs in ${runsDir}. Start one with: fmnist train`;
  const rows = runs.map((run) => [
    run.name,
    run.status,
    run.epochsPlanned === null ? '–' : `${run.epochs}/${run.epochsPlanned}`,
    format.percent(run.bestValAccuracy),
    format.percent(run.testAccuracy),
    run.seconds === null ? '–' : format.clock(run.seconds),
    format.bytes(run.bytes),
  ]);
  const table = renderTable(
    [
      { title: 'Run' },
      { title: 'Status' },
      { title: 'Epochs', align: 'right' },
      { title: 'Best val', align: 'right' },
      { title: 'Test', align: 'right' },
      { title: 'Time', align: 'right' },
      { title: 'Size', align: 'right' },
    ],
    rows,
  );
  return [
    table,
    ...runs.flatMap((run) => (run.problem === undefined ? [] : [`! ${run.problem}`])),
    '',
    next(runs),
  ].join('\n');
}

function next(runs: readonly RunListing[]): string {
  const unfinished = runs.findLast(({ status }) => status === 'interrupted' || status === 'stopped');
  return unfinished === undefined ? 'next: fmnist runs show last' : `next: fmnist train --resume ${unfinished.name}`;
}
