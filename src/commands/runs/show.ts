import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'show [names..]',
  describe: 'Show charts, settings and results of runs',
  positionals: { names: flags.runNames },
  flags: { ...flags.runsDir, ...flags.plot, ...flags.json },
  examples: [
    ['$0 runs show', 'The newest run'],
    ['$0 runs show last --plot curves.svg', 'Its loss and accuracy as a picture too'],
    ['$0 runs show 3f2a --json', 'All that is kept of a run, for a script'],
  ],
  run: async ({ names, runsDir, plot, json }, context) => {
    const { showRuns } = await import('../../app/runs.js');
    const { printJson, printLines, printWritten, viewOf } = await import('../../ui/terminal.js');
    const runs = await showRuns(names, runsDir);
    if (plot !== undefined) await (await import('../../app/plot.js')).saveCurves(runs, plot);
    if (json) return printJson(context.stdout, runs.length === 1 ? runs[0] : { runs });
    const { renderRun } = await import('../../ui/results/run.js');
    const view = await viewOf(context);
    const shown = runs.map((run) => renderRun(run, view));
    printLines(
      context,
      shown.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])),
    );
    printWritten(context.stdout, plot);
  },
});
