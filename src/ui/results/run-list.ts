import type { RunListing } from '../../runs/read.js';
import * as format from '../format.js';
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

/** Every run in a line of at most `width` columns, and what to type next. */
export function renderRunList(runs: readonly RunListing[], runsDir: string, width: number): string[] {
  if (runs.length === 0) return [`No runs in ${runsDir}. Start one with: fmnist train`];
  return [
    ...renderTable(COLUMNS, runs.map(row), { width }),
    ...runs.flatMap(({ problem }) => (problem === undefined ? [] : [`! ${problem}`])),
    '',
    next(runs),
  ];
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

function next(runs: readonly RunListing[]): string {
  const unfinished = runs.findLast(({ status }) => status === 'interrupted' || status === 'stopped');
  return unfinished === undefined ? 'next: fmnist runs show last' : `next: fmnist train --resume ${unfinished.name}`;
}
