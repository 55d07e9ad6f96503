import { basename } from 'node:path';
import { defineCommand } from '../../flags/command.js';
import { switched } from '../../flags/define.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'rm [names..]',
  aliases: ['remove'],
  describe: 'Remove runs with all their checkpoints',
  positionals: { names: flags.runNames },
  flags: {
    ...flags.runsDir,
    ...flags.json,
    yes: { ...switched('Do not ask'), alias: 'y', group: flags.GROUPS.output },
  },
  examples: [
    ['$0 runs rm 2026-11-24T0912-vgg7-3f2a', 'Remove a run, after asking'],
    ['$0 runs rm 3f2a 77aa --yes', 'Remove two at once, without being asked'],
  ],
  run: async ({ names, runsDir, json, yes }, { stdin, stdout, stderr }) => {
    const { removeRuns } = await import('../../app/runs.js');
    const { confirmRemoval } = await import('../../ui/confirm.js');
    const { printJson } = await import('../../ui/terminal.js');
    const agreed = async (folders: readonly string[]) => {
      const what = folders.length === 1 ? folders[0] : `${folders.length} runs (${folders.join(', ')})`;
      return yes || confirmRemoval('runs rm', `Remove ${what} with all its checkpoints?`, { stdin, stderr });
    };
    const removed = await removeRuns(names, runsDir, agreed);
    if (removed === undefined) stderr.write('nothing was removed\n');
    if (json) printJson(stdout, { removed: (removed ?? []).map((folder) => basename(folder)) });
    else for (const folder of removed ?? []) stdout.write(`removed ${folder}\n`);
  },
});
