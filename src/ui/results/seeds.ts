import path from 'node:path';
import { commandLine, inRunsDir } from '../../command-line.js';
import type { SeedsEnd } from '../../training/contracts/seeds.js';
import * as format from '../format.js';
import type { Palette } from '../palette.js';
import { renderTable } from '../table.js';

const TITLES = {
  test: 'Test',
  emaTest: 'Averaged',
  ttaTest: 'Test, TTA',
  emaTtaTest: 'Averaged, TTA',
} as const satisfies Record<keyof SeedsEnd['spread'], string>;

/** What the test said of each of several seeds, their means, and what to type next. */
export function renderSeeds(
  { model, runs, spread }: SeedsEnd,
  { columns, palette }: { columns: number; palette: Palette },
): string[] {
  const tests = Object.keys(TITLES).filter(
    (test): test is keyof typeof TITLES =>
      test === 'test' || runs.some(({ accuracies }) => Object.hasOwn(accuracies, test)),
  );
  const table = renderTable(
    [
      { title: 'Run' },
      { title: 'Seed', align: 'right' },
      { title: 'Time', align: 'right', rank: 1 },
      ...tests.map((test) => ({ title: TITLES[test], align: 'right' }) as const),
    ],
    runs.map(({ run, seed, seconds, accuracies, diverged }) => [
      path.basename(run),
      String(seed),
      format.clock(seconds),
      ...tests.map((test) =>
        diverged !== undefined && test === 'test' ? 'diverged' : format.percent(accuracies[test]),
      ),
    ]),
    {
      width: columns - 1,
      footer: ['mean ± deviation', '', '', ...tests.map((test) => meanText(spread[test]))],
    },
  );
  const [first] = runs;
  const dir = path.dirname(first?.run ?? '');
  const names = path.basename(first?.run ?? '').replace(/\d+$/, '*');
  const next = commandLine('runs', 'list', '--filter', `name=${names}`, ...inRunsDir(dir));
  return [`${palette.strong(model)} · ${runs.length} seeds`, ...table, '', `next: ${palette.strong(next)}`];
}

function meanText(spread: SeedsEnd['spread'][keyof SeedsEnd['spread']]): string {
  return spread === undefined ? '' : `${format.percent(spread.mean)} ± ${(spread.deviation * 100).toFixed(2)}`;
}
