import { commandLine } from '../../command-line.js';
import { StoppedError } from '../../errors.js';
import { again } from '../../flags/again.js';
import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';
import { redis, serverUrl, store, sweepsDir, sweepTarget, trialMachine, workers } from '../../flags/sweep.js';

/** What is a worker's own does nothing beside `--redis`. */
const byWorkers = ({ redis }: Readonly<Record<string, unknown>>) =>
  redis === undefined ? undefined : 'workers elsewhere train, each with its own flags';

const byRedis = ({ redis }: Readonly<Record<string, unknown>>) =>
  redis === undefined ? 'without --redis all lies in the folder of the sweep' : undefined;

export const command = defineCommand({
  usage: 'run <sweep>',
  describe: 'Train the trials of a sweep, or what is left of them',
  positionals: { sweep: sweepTarget },
  flags: {
    workers: { ...workers.workers, idle: byWorkers },
    ...redis,
    ...trialMachine,
    ...sweepsDir,
    store: { ...store.store, idle: byRedis },
    ...flags.json,
  },
  examples: [
    ['$0 sweep run study.json', 'In a pool of processes on this machine'],
    ['$0 sweep run study.json --workers 4', 'Four at a time'],
    ['$0 sweep run study.json --redis redis://queue.example', 'By the workers of other machines (fmnist worker)'],
  ],
  run: async (args, context) => {
    const { stopCode } = await import('../../app/interruptible.js');
    const { openSweep } = await import('../../app/sweep/open.js');
    const { runLocalSweep, runQueuedSweep } = await import('../../app/sweep/run.js');
    const { sweepReporter } = await import('../../ui/sweep/reporter.js');
    const { renderSweep } = await import('../../ui/sweep/summary.js');
    const { printLines, tableViewOf } = await import('../../ui/terminal.js');
    const url = args.redis === undefined ? undefined : serverUrl(args.redis, context);
    const sweep = await openSweep(args.sweep, args.sweepsDir);
    const reporter = sweepReporter(sweep, { ...context, json: args.json });
    const trialFlags = again(trialMachine, args);
    const summary =
      url === undefined
        ? await runLocalSweep(sweep, { workers: args.workers, flags: trialFlags }, context, reporter)
        : await runQueuedSweep(sweep, { redis: url, store: args.store }, context, reporter);
    if (!summary.isOver) {
      const how = again({ ...workers, ...trialMachine, ...store }, args);
      // The URL is not shown: it may hold a password.
      const goOn = commandLine('sweep', 'run', sweep.folder, ...how, ...(url === undefined ? [] : ['--redis']));
      throw new StoppedError(`the sweep was stopped; go on with: ${goOn}`, stopCode(context.interrupts));
    }
    const stdout = args.json ? context.stderr : context.stdout;
    const canvas = { ...context, stdout };
    printLines(canvas, renderSweep(summary, await tableViewOf(canvas), trialFlags));
  },
});
