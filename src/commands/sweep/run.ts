import { commandLine } from '../../command-line.js';
import { StoppedError } from '../../errors.js';
import { again } from '../../flags/again.js';
import { defineCommand } from '../../flags/command.js';
import { type FlagTable, wholeNumber } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir, sweepTarget, trialMachine } from '../../flags/sweep.js';

const workers = {
  workers: {
    ...wholeNumber('workers', 'Trials at the same time', { min: 1, max: 1024 }),
    group: flags.GROUPS.engine,
    defaultDescription: 'one a GPU, else one for each two cores',
  },
} as const satisfies FlagTable;

export const command = defineCommand({
  usage: 'run <sweep>',
  describe: 'Train the trials of a sweep, or what is left of them',
  positionals: { sweep: sweepTarget },
  flags: {
    ...workers,
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
    const { printLines, viewOf } = await import('../../ui/terminal.js');
    const sweep = await openSweep(args.sweep, args.sweepsDir);
    const reporter = sweepReporter(sweep, { ...context, json: args.json });
    const trialFlags = again(trialMachine, args);
    const summary = await runLocalSweep(sweep, { workers: args.workers, flags: trialFlags }, context, reporter);
    if (!summary.isOver) {
      const goOn = commandLine('sweep', 'run', sweep.folder, ...again({ ...workers, ...trialMachine }, args));
      throw new StoppedError(`the sweep was stopped; go on with: ${goOn}`, 130);
    }
    const stdout = args.json ? context.stderr : context.stdout;
    printLines({ ...context, stdout }, renderSweep(summary, await viewOf(context), trialFlags));
  },
});
