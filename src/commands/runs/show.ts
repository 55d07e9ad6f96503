import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'show [names..]',
  describe: 'Show charts, settings and results of runs',
  positionals: { names: flags.runNames },
  flags: { ...flags.runsDir, ...flags.json },
  examples: [
    ['$0 runs show', 'The newest run'],
    ['$0 runs show 3f2a --json', 'All that is kept of a run, for a script'],
  ],
  run: async ({ names, runsDir, json }, context) => {
    const { showRuns } = await import('../../app/runs.js');
    const { printJson, viewOf } = await import('../../ui/terminal.js');
    const runs = await showRuns(names, runsDir);
    if (json) return printJson(context.stdout, runs.length === 1 ? runs[0] : { runs });
    const { renderRun } = await import('../../ui/results/run.js');
    const view = await viewOf(context);
    context.stdout.write(`${runs.map((run) => renderRun(run, view).join('\n')).join('\n\n')}\n`);
  },
});
