import { defineCommand } from '../../flags/command.js';
import { switched } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir, sweepTarget } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'show <sweep>',
  describe: 'Show the trials of a sweep, best first, and which parameters mattered',
  positionals: { sweep: sweepTarget },
  flags: {
    csv: { ...switched('The trials as CSV'), group: flags.GROUPS.output },
    ...sweepsDir,
    ...flags.json,
  },
  examples: [
    ['$0 sweep show study', 'A table, best trial first'],
    ['$0 sweep show study --csv > study.csv', 'For a spreadsheet'],
  ],
  run: async ({ sweep: target, sweepsDir: folder, csv, json }, context) => {
    const { showSweep } = await import('../../app/sweep/open.js');
    const { printJson, printLines, tableViewOf } = await import('../../ui/terminal.js');
    const { renderSweep, summaryCsv } = await import('../../ui/sweep/summary.js');
    const summary = await showSweep(target, folder);
    if (json) return printJson(context.stdout, summary);
    if (csv) context.stdout.write(summaryCsv(summary));
    else printLines(context, renderSweep(summary, await tableViewOf(context), []));
  },
});
