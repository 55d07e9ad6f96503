import type { RunOutcome } from '../app/train/train.js';
import { commandLine } from '../command-line.js';
import { DivergedError, EXIT, GateError, InterruptedError, StoppedError } from '../errors.js';
import { again } from '../flags/again.js';
import { defineCommand, ToldError } from '../flags/command.js';
import * as flags from '../flags/options.js';
import * as runFlags from '../flags/run.js';
import type { RunControl } from '../training/contracts/control.js';
import type { RunEnd } from '../training/contracts/events.js';
import type { NextCommand } from '../ui/notices.js';
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
    ['$0 train --model quick --seeds 5', 'Five runs, their mean and standard deviation'],
    ['$0 train --resume last --epochs 40', 'Go on with the newest run, to 40 epochs'],
    ['$0 train -m conv --limit 2000 --epochs 1 --json', 'A smoke run for a script'],
  ],
  run: async (args, context) => {
    const { requestFor } = await import('../app/train/request-for.js');
    const { createReporter } = await import('../ui/reporters/create.js');
    const { nextCommand } = await import('../ui/notices.js');
    const { watchGpu } = await import('../app/gpu-use.js');
    // Who wants to hear the result alone is told of no download either.
    const told = args.quiet ? { ...context, progress: SILENT_PROGRESS } : context;
    const { seeds } = args;
    const goOn = commandLine(...context.argv);
    const how = {
      next: (end: RunEnd) =>
        seeds !== undefined && end.status === 'stopped' ? goOn : nextCommand(end, again(runFlags.notRemembered, args)),
      watchGpu: ((gpu, onUse) => watchGpu(gpu, context.env, onUse)) satisfies WatchGpu,
    };
    const openReporter = (control: RunControl) => createReporter({ ...context, ...args, ...how, control });
    if (seeds === undefined) {
      const { trainRun } = await import('../app/train/train.js');
      return throwErrorOf(await trainRun(await requestFor(args), told, openReporter), how.next);
    }
    const { trainSeeds } = await import('../app/train/seeds.js');
    const { printJson, printLines, viewOf } = await import('../ui/terminal.js');
    const { renderSeeds } = await import('../ui/results/seeds.js');
    const outcome = await trainSeeds(await requestFor(args), seeds, told, openReporter).catch((error: unknown) => {
      if (!(error instanceof InterruptedError)) throw error;
      throw new StoppedError(`stopped between two runs; go on with: ${goOn}`, error.exitCode);
    });
    if ('broken' in outcome) return throwErrorOf(outcome.broken, how.next);
    const { end } = outcome;
    if (args.json) printJson(context.stdout, { v: 1, ...end });
    const stdout = args.json ? context.stderr : context.stdout;
    printLines({ ...context, stdout }, renderSeeds(end, await viewOf({ ...context, stdout })));
    const diverged = end.runs.filter((run) => run.diverged !== undefined);
    if (diverged.length > 0) {
      const hint = 'Lower the learning rate or set training.clipNorm, under another --name.';
      throw new ToldError(new DivergedError(`${diverged.length} of ${seeds} seeds diverged`, { hint }));
    }
    const { minAccuracy = 0 } = args;
    const mean = end.spread.test?.mean ?? 0;
    if (mean >= minAccuracy) return;
    throw new ToldError(missed(`the mean test accuracy ${mean.toFixed(4)} is below ${minAccuracy}`));
  },
});

const SILENT = { onProgress: () => {}, close: () => {} };
const SILENT_PROGRESS = { data: async () => SILENT, engine: async () => SILENT };

function throwErrorOf({ end, error }: RunOutcome, next: NextCommand): void {
  const why = error ?? errorOf(end, next);
  if (why !== undefined) throw new ToldError(why);
}

/** A run that ends without an error may still have an exit code. */
function errorOf(end: RunEnd, next: NextCommand): Error | undefined {
  const { exitCode, status, message = status } = end;
  if (exitCode === EXIT.ok) return undefined;
  if (exitCode === EXIT.interrupted || exitCode === EXIT.terminated)
    return new StoppedError(`${message}; go on with: ${next(end)}`, exitCode);
  return missed(message);
}

function missed(message: string): GateError {
  return new GateError(message, { hint: 'Train longer, or lower --min-accuracy.' });
}
