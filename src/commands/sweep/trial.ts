import { StoppedError, UsageError } from '../../errors.js';
import { defineCommand } from '../../flags/command.js';
import { wholeNumber } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir, sweepTarget, trialMachine } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'trial <sweep>',
  describe: 'Train one trial of a sweep, as schedulers start it; it goes on where it was broken off',
  positionals: { sweep: sweepTarget },
  flags: {
    index: {
      ...wholeNumber('index', 'Which training of the rung, from 0', { min: 0 }),
      group: flags.GROUPS.training,
    },
    trial: {
      ...wholeNumber('trial', 'Which trial, from 0, in place of --index', { min: 0 }),
      group: flags.GROUPS.training,
    },
    seed: {
      ...wholeNumber('seed', 'Which of its seeds, from 0', { min: 0 }),
      group: flags.GROUPS.training,
      default: 0,
    },
    rung: { ...wholeNumber('rung', 'Which rung, from 0', { min: 0 }), group: flags.GROUPS.training, default: 0 },
    ...trialMachine,
    threads: flags.device.threads,
    ...sweepsDir,
    ...flags.json,
  },
  examples: [
    ['$0 sweep trial study.json --index 3', 'The fourth training of a sweep'],
    ['$0 sweep trial study.json --index $SLURM_ARRAY_TASK_ID --json', 'In an array job'],
  ],
  run: async ({ sweep: target, sweepsDir: folder, rung = 0, index, trial, seed = 0, json, ...how }, context) => {
    const { stopCode } = await import('../../app/interruptible.js');
    const { openSweep } = await import('../../app/sweep/open.js');
    const { jobAt, requireJob, runTrial } = await import('../../app/sweep/trial.js');
    const { createReporter } = await import('../../ui/reporters/create.js');
    if ((index === undefined) === (trial === undefined)) {
      throw new UsageError('which training?', { hint: 'Give --index or --trial.' });
    }
    const sweep = await openSweep(target, folder);
    const job = trial === undefined ? await jobAt(sweep, rung, index ?? 0) : requireJob(sweep, { trial, seed, rung });
    if (job === undefined) return context.warn('fewer trials went on to this rung: there is nothing to train');
    const { device, threads, dataDir, offline } = how;
    const result = await runTrial(sweep, job, { device, threads, dataDir, offline }, context, (control) =>
      createReporter({ ...context, json, jsonSteps: false, quiet: false, control }),
    );
    if (result === undefined)
      throw new StoppedError('the trial was stopped; start it again to go on', stopCode(context.interrupts));
    if (result.status === 'failed') context.warn(`the trial failed: ${result.message}`);
  },
});
