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
    const { openSweep } = await import('../../app/sweep/open.js');
    const { finishSweep } = await import('../../app/sweep/finish.js');
    const { createReporter } = await import('../../ui/reporters/create.js');
    const { printJson, printLines, terminalLine } = await import('../../ui/terminal.js');
    const { renderFinish } = await import('../../ui/sweep/summary.js');
    const sweep = await openSweep(target, folder);
    const { device, threads, dataDir, offline } = how;
    // Under --json stdout is for the one document.
    const stdout = json ? context.stderr : context.stdout;
    const finish = await finishSweep(sweep, { device, threads, dataDir, offline }, context, (control) =>
      createReporter({ ...context, stdout, json: false, jsonSteps: false, quiet: true, control }),
    );
    if (finish === undefined) throw new StoppedError('stopped before the test; finish again to go on', 130);
    if (json) printJson(context.stdout, finish);
    else printLines(context, renderFinish(finish, sweep.runsDir, terminalLine(stdout)));
  },
});
