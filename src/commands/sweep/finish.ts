import { StoppedError } from '../../errors.js';
import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';
import { sweepsDir, sweepTarget, trialMachine } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'finish <sweep>',
  describe: 'Take the best trial, train it to its end, and test it once',
  positionals: { sweep: sweepTarget },
  flags: {
    ...trialMachine,
    threads: flags.device.threads,
    ...sweepsDir,
    ...flags.json,
  },
  examples: [
    ['$0 sweep finish study', 'What the test images say of the winner'],
    ['$0 sweep finish study --json', 'The same for a script'],
  ],
  run: async ({ sweep: target, sweepsDir: folder, json, ...how }, context) => {
    const { stopCode } = await import('../../app/interruptible.js');
    const { openSweep } = await import('../../app/sweep/open.js');
    const { finishSweep } = await import('../../app/sweep/finish.js');
    const { finishReporter, renderFinish } = await import('../../ui/sweep/finish.js');
    const { printJson, printLines, terminalLine, viewOf } = await import('../../ui/terminal.js');
    const sweep = await openSweep(target, folder);
    const { device, threads, dataDir, offline } = how;
    const reporter = finishReporter(sweep.plan.sweep.metric, context);
    const finish = await finishSweep(sweep, { device, threads, dataDir, offline }, context, async () => reporter);
    if (finish === undefined)
      throw new StoppedError('stopped before the test; finish again to go on', stopCode(context.interrupts));
    if (json) printJson(context.stdout, finish);
    else {
      const { palette } = await viewOf(context);
      printLines(context, renderFinish(finish, sweep, { width: terminalLine(context.stdout), palette }));
    }
  },
});
