import { StoppedError } from '../../errors.js';
import { defineCommand } from '../../flags/command.js';
import { wholeNumber } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir, sweepTarget, trialMachine } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'run <sweep>',
  describe: 'Train the trials of a sweep, or what is left of them',
  positionals: { sweep: sweepTarget },
  flags: {
    workers: {
      ...wholeNumber('workers', 'Trials at the same time', { min: 1, max: 1024 }),
      group: flags.GROUPS.engine,
      defaultDescription: 'one a GPU, else one for each two cores',
    },
    ...trialMachine,
    ...sweepsDir,
    ...flags.json,
  },
  examples: [
    ['$0 sweep run study.json', 'In a pool of processes on this machine'],
    ['$0 sweep run study.json --workers 4', 'Four at a time'],
  ],
  run: async (args, context) => {
    const { openSweep } = await import('../../app/sweep/open.js');
    const { runLocalSweep } = await import('../../app/sweep/run.js');
    const { sweepReporter } = await import('../../ui/sweep/reporter.js');
    const { renderSweep } = await import('../../ui/sweep/summary.js');
    const { viewOf } = await import('../../ui/terminal.js');
    const sweep = await openSweep(args.sweep, args.sweepsDir);
    const reporter = sweepReporter(sweep, { ...context, json: args.json });
    const passed = [
      ...(args.device === undefined ? [] : ['--device', args.device]),
      ...(args.dataDir === undefined ? [] : ['--data-dir', args.dataDir]),
      ...(args.offline ? ['--offline'] : []),
    ];
    const summary = await runLocalSweep(sweep, { workers: args.workers, flags: passed }, context, reporter);
    if (!summary.isOver)
      throw new StoppedError(`the sweep was stopped; go on with: fmnist sweep run ${sweep.folder}`, 130);
    const text = renderSweep(summary, await viewOf(context));
    (args.json ? context.stderr : context.stdout).write(text);
  },
});
