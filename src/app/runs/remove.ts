import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../../errors.js';
import { findRun } from '../../runs/names.js';
import { removeRun } from '../../runs/remove.js';
import type { RunsRequest } from './request.js';

export async function rm({ names, runsDir, json, yes }: RunsRequest): Promise<void> {
  if (names.length === 0)
    throw new UsageError('which run? Name those to remove', { hint: 'List them with: fmnist runs' });
  const folders = [...new Set(await Promise.all(names.map((name) => findRun(runsDir, name))))];
  if (!yes && !(await confirmed(folders))) {
    process.stderr.write('nothing was removed\n');
    return;
  }
  for (const folder of folders) {
    await removeRun(folder);
    if (!json) process.stdout.write(`removed ${folder}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ removed: folders.map((folder) => path.basename(folder)) })}\n`);
}

/** Asks on stderr, so that stdout stays clean. Anything but a yes is a no. */
async function confirmed(folders: readonly string[]): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    throw new UsageError('runs rm asks before it removes, and here is no terminal to ask', {
      hint: 'To remove without being asked: --yes',
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const what = folders.length === 1 ? (folders[0] ?? '') : `${folders.length} runs (${folders.join(', ')})`;
    return /^y(es)?$/i.test((await prompt.question(`Remove ${what} with all its checkpoints? [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
