import { again } from '../flags/again.js';
import { defineCommand } from '../flags/command.js';
import { wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';
import { redis, serverUrl, store, sweepsDir, trialMachine, workers } from '../flags/sweep.js';

export const command = defineCommand({
  usage: 'worker',
  describe: 'Train the trials of sweeps that run through a Redis server, until it is stopped',
  flags: {
    redis: { ...redis.redis, default: '', defaultDescription: 'REDIS_URL' },
    ...workers,
    'lost-after': {
      ...wholeNumber('lost-after', 'Seconds without a sign of life until others take its trials up', {
        min: 2,
        max: 86_400,
      }),
      group: flags.GROUPS.engine,
      default: 30,
    },
    ...trialMachine,
    ...sweepsDir,
    ...store,
    ...flags.json,
  },
  examples: [
    ['$0 worker --redis redis://queue.example', 'Train what sweep run --redis puts there'],
    ['$0 worker --store s3://studies', 'Where there is no folder that all machines share'],
    ['$0 worker --workers 2', 'Two trials at a time, with the server of REDIS_URL'],
  ],
  run: async (args, context) => {
    const { stopCode } = await import('../app/interruptible.js');
    const { runWorker } = await import('../app/sweep/worker.js');
    const { workerReporter } = await import('../ui/sweep/worker.js');
    const { StoppedError } = await import('../errors.js');
    const { workers: trials, sweepsDir: folder, store: url, lostAfter = 30 } = args;
    const request = { redis: serverUrl(args.redis, context), sweepsDir: folder, store: url, workers: trials };
    await runWorker(
      { ...request, lostAfterSeconds: lostAfter, flags: again(trialMachine, args) },
      context,
      workerReporter({ ...context, json: args.json }),
    );
    throw new StoppedError('the worker was stopped', stopCode(context.interrupts));
  },
});
