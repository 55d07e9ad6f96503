import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'list',
  describe: 'List all runs with their results',
  flags: { ...flags.runsDir, ...flags.json },
  examples: [
    ['$0 runs list', 'All runs and how they did'],
    ['$0 runs list --json', 'The same for a script'],
  ],
  run: async ({ runsDir, json }, { stdout, env }) => {
    const { listRuns } = await import('../../runs/read.js');
    const { printJson, tableWidth } = await import('../../ui/terminal.js');
    const runs = await listRuns(runsDir);
    if (json) return printJson(stdout, { runsDir, runs });
    const { renderRunList } = await import('../../ui/results/run-list.js');
    stdout.write(`${renderRunList(runs, runsDir, tableWidth({ stdout, env })).join('\n')}\n`);
  },
});
