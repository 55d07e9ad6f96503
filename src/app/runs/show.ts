import { findRun } from '../../runs/names.js';
import { readRun } from '../../runs/read.js';
import { renderRun } from '../../ui/results/run.js';
import { stdoutView } from '../../ui/terminal.js';
import type { RunsRequest } from './request.js';

export async function show({ names, runsDir, json }: RunsRequest): Promise<void> {
  const wanted = names.length === 0 ? ['last'] : names;
  const folders = await Promise.all(wanted.map((name) => findRun(runsDir, name)));
  const runs = await Promise.all(folders.map(readRun));
  if (json) {
    process.stdout.write(`${JSON.stringify(runs.length === 1 ? runs[0] : { runs })}\n`);
    return;
  }
  const view = await stdoutView();
  process.stdout.write(`${runs.map((run) => renderRun(run, view).join('\n')).join('\n\n')}\n`);
}
