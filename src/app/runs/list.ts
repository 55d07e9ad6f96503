import { UsageError } from '../../errors.js';
import { listRuns } from '../../runs/read.js';
import { renderRunList } from '../../ui/results/run-list.js';
import type { RunsRequest } from './request.js';

export async function list({ names, runsDir, json }: RunsRequest): Promise<void> {
  if (names.length > 0) {
    throw new UsageError('runs list takes no names', { hint: `To see one run: fmnist runs show ${names[0]}` });
  }
  const runs = await listRuns(runsDir);
  if (json) process.stdout.write(`${JSON.stringify({ runsDir, runs })}\n`);
  else process.stdout.write(`${renderRunList(runs, runsDir)}\n`);
}
