import { defineCommand } from '../../flags/command.js';
import { oneOf, switched } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir } from '../../flags/sweep.js';
import { SORT_KEYS } from '../../runs/select.js';

export const command = defineCommand({
  usage: 'list',
  describe: 'List runs with their results',
  flags: {
    sort: {
      ...oneOf('sort', 'What comes first: the oldest, the best, the longest or the largest', SORT_KEYS),
      group: flags.GROUPS.output,
      defaultDescription: 'time',
    },
    reverse: { ...switched('The other way round'), group: flags.GROUPS.output },
    ...flags.runFilter,
    ...flags.runsDir,
    ...sweepsDir,
    ...flags.json,
  },
  examples: [
    ['$0 runs list --sort test', 'The run with the best test accuracy first'],
    ['$0 runs list --filter model=vgg7 --filter tag=baseline', 'Some runs only'],
    ['$0 runs list --filter sweep=study', 'The runs of a sweep'],
    ['$0 runs list --json', 'The same for a script'],
  ],
  run: async ({ sort, reverse, filter, runsDir: folder, sweepsDir: sweeps, json }, context) => {
    const { selectRuns } = await import('../../app/runs.js');
    const { printJson, printLines, tableViewOf } = await import('../../ui/terminal.js');
    const { runsDir, runs: selected } = await selectRuns({ runsDir: folder, sweepsDir: sweeps, filter, sort });
    const runs = (reverse ? selected.toReversed() : selected).map(({ config: _, ...run }) => run);
    if (json) return printJson(context.stdout, { runsDir, runs });
    const { renderRunList } = await import('../../ui/results/run-list.js');
    const filtered = filter !== undefined && filter.length > 0;
    printLines(context, renderRunList(runs, { runsDir, filtered }, await tableViewOf(context)));
  },
});
