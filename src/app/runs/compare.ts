import { differences } from '../../differences.js';
import { UsageError } from '../../errors.js';
import { findRun } from '../../runs/names.js';
import { type RunRecord, readRun } from '../../runs/read.js';
import { renderComparison } from '../../ui/results/comparison.js';
import { stdoutView } from '../../ui/terminal.js';
import type { RunsRequest } from './request.js';

export async function compare({ names, runsDir, json }: RunsRequest): Promise<void> {
  if (names.length < 2) {
    throw new UsageError(`runs compare takes two runs or more, not ${names.length}`, {
      hint: 'List them with: fmnist runs',
    });
  }
  const folders = [...new Set(await Promise.all(names.map((name) => findRun(runsDir, name))))];
  if (folders.length < 2) throw new UsageError(`${names.join(' and ')} are one and the same run`);
  const runs = await Promise.all(folders.map(readRun));
  const differing = differences(runs.map(settingsOf));
  if (json) {
    process.stdout.write(`${JSON.stringify({ runs, differences: differing })}\n`);
    return;
  }
  const view = await stdoutView();
  process.stdout.write(`${renderComparison(runs, differing, view).join('\n')}\n`);
}

/** What a run was told, but for the words: `--epochs 5` and a config of 5 epochs are the same. */
function settingsOf({ config, environment }: RunRecord): unknown {
  const surroundings = typeof environment === 'object' && environment !== null ? environment : {};
  return { config, ...surroundings, arguments: undefined };
}
