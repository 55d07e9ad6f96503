import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'compare [names..]',
  describe: 'Show runs over each other, and what differs in their settings',
  positionals: { names: flags.runNames },
  flags: { ...flags.runsDir, ...flags.plot, ...flags.json },
  examples: [
    ['$0 runs compare 3f2a 77aa', 'Two runs'],
    ['$0 runs compare 3f2a 77aa --plot compared.png', 'Their curves as a picture too'],
    ['$0 runs compare last 3f2a 77aa --json', 'Three, for a script'],
  ],
  run: async ({ names, runsDir, plot, json }, context) => {
    const { compareRuns } = await import('../../app/runs.js');
    const { printJson, printWritten, viewOf } = await import('../../ui/terminal.js');
    const comparison = await compareRuns(names, runsDir);
    if (plot !== undefined) await (await import('../../app/plot.js')).saveCurves(comparison.runs, plot);
    if (json) return printJson(context.stdout, comparison);
    const { renderComparison } = await import('../../ui/results/comparison.js');
    context.stdout.write(`${renderComparison(comparison, await viewOf(context)).join('\n')}\n`);
    printWritten(context.stdout, plot);
  },
});
