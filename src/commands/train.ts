import { EXIT, GateError, StoppedError } from '../errors.js';
import { again } from '../flags/again.js';
import { defineCommand, ToldError } from '../flags/command.js';
import * as flags from '../flags/options.js';
import * as runFlags from '../flags/run.js';
import type { RunControl } from '../training/contracts/control.js';
import type { RunEnd } from '../training/contracts/events.js';
import type { WatchGpu } from '../ui/reporters/human.js';

export const command = defineCommand({
  usage: 'train',
  describe: 'Train a model, watch it, and keep it in a run directory',
  flags: {
    ...flags.model,
    ...flags.set,
    ...flags.trainingSettings,
    ...flags.seed,
    ...runFlags.run,
    ...flags.data,
    ...flags.limit,
    ...runFlags.imageUse,
    ...flags.device,
    ...flags.runsDir,
    ...flags.json,
    ...runFlags.labels,
    ...runFlags.reports,
  },
  examples: [
    ['$0 train --model vgg7 --augment', 'Train with 30,000 augmented images besides'],
    ['$0 train --resume last --epochs 40', 'Go on with the newest run, to 40 epochs'],
    ['$0 train -m conv --limit 2000 --epochs 1 --json', 'A smoke run for a script'],
  ],
  run: async (args, context) => {
    const { trainRun } = await import('../app/train/train.js');
    const { requestFor } = await import('../app/train/request-for.js');
    const { createReporter } = await import('../ui/reporters/create.js');
    const { watchGpu } = await import('../app/gpu-use.js');
    // Who wants to hear the result alone is told of no download either.
    const told = args.quiet ? { ...context, progress: SILENT_PROGRESS } : context;
    const how = {
      again: again(runFlags.notRemembered, args),
      watchGpu: ((gpu, onUse) => watchGpu(gpu, context.env, onUse)) satisfies WatchGpu,
    };
    const openReporter = (control: RunControl) => createReporter({ ...context, ...args, ...how, control });
    const { end, error = errorOf(end) } = await trainRun(requestFor(args), told, openReporter);
    if (error !== undefined) throw new ToldError(error);
  },
});

const SILENT = { onProgress: () => {}, close: () => {} };
const SILENT_PROGRESS = { data: async () => SILENT, engine: async () => SILENT };

/** A run that ends without an error may still have an exit code. */
function errorOf({ exitCode, status, message = status }: RunEnd): Error | undefined {
  if (exitCode === EXIT.ok) return undefined;
  if (exitCode === EXIT.interrupted || exitCode === EXIT.terminated) return new StoppedError(message, exitCode);
  return new GateError(message, { hint: 'Train longer, or lower --min-accuracy.' });
}
