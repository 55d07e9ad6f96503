import { defineCommand } from '../../flags/command.js';
import { switched, wholeNumber } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'prune',
  describe: 'Remove all runs but the best, or what takes room in those that stay',
  flags: {
    'keep-best': {
      ...wholeNumber('keep-best', 'How many runs stay, the best by validation accuracy', { min: 0 }),
      group: flags.GROUPS.output,
    },
    slim: {
      ...switched('Remove the checkpoints that runs keep in case a newer one is damaged'),
      group: flags.GROUPS.output,
    },
    ...flags.runFilter,
    'dry-run': { ...switched('Only show what would be removed'), group: flags.GROUPS.output },
    yes: { ...switched('Do not ask'), alias: 'y', group: flags.GROUPS.output },
    ...flags.runsDir,
    ...sweepsDir,
    ...flags.json,
  },
  examples: [
    ['$0 runs prune --keep-best 3 --dry-run', 'Which runs would go'],
    ['$0 runs prune --keep-best 3 --filter model=vgg7', 'Keep the three best of a model, and all others'],
    ['$0 runs prune --slim', 'Make room without removing a run'],
  ],
  run: async (
    { keepBest, slim, filter, dryRun, yes, runsDir, sweepsDir: sweeps, json },
    { stdin, stdout, stderr, env },
  ) => {
    const { planPruning, prune } = await import('../../app/runs.js');
    const { confirmRemoval } = await import('../../ui/confirm.js');
    const { pruningQuestion, renderPruning } = await import('../../ui/results/pruning.js');
    const { printJson, tableWidth } = await import('../../ui/terminal.js');
    const pruning = await planPruning({ keepBest, slim, filter, runsDir, sweepsDir: sweeps });
    const { runs, slimmed, bytes } = pruning;
    const nothing = runs.length === 0 && slimmed.length === 0;
    if (!json) stdout.write(`${renderPruning(pruning, tableWidth({ stdout, env })).join('\n')}\n`);
    const agreed =
      !nothing && !dryRun && (yes || (await confirmRemoval('runs prune', pruningQuestion(pruning), { stdin, stderr })));
    if (agreed) await prune(pruning);
    const removed = runs.map(({ name }) => name);
    if (json) printJson(stdout, { removed, slimmed: slimmed.map(({ name }) => name), bytes, dryRun: !agreed });
    else if (!nothing) stdout.write(agreed ? 'done\n' : 'nothing was removed\n');
  },
});
