import { UsageError } from '../errors.js';
import { again } from '../flags/again.js';
import { defineCommand } from '../flags/command.js';
import { type FlagTable, realNumber, wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

/** What a training with the suggested rate needs again. */
const settings = {
  ...flags.model,
  ...flags.set,
  ...flags.batchSize,
  ...flags.seed,
  ...flags.data,
  ...flags.device,
} as const satisfies FlagTable;

export const command = defineCommand({
  usage: 'find-lr',
  describe: 'Suggest a learning rate: train some hundred steps while it rises, and watch the loss',
  flags: {
    ...settings,
    from: {
      ...realNumber('from', 'First learning rate', { min: 1e-10, max: 100 }),
      group: flags.GROUPS.training,
      default: 1e-6,
    },
    to: {
      ...realNumber('to', 'Last learning rate', { min: 1e-10, max: 100 }),
      group: flags.GROUPS.training,
      default: 1,
    },
    steps: {
      ...wholeNumber('steps', 'Training steps; it ends early where the loss explodes', { min: 20, max: 10_000 }),
      group: flags.GROUPS.training,
      default: 300,
    },
    ...flags.plot,
    ...flags.json,
  },
  examples: [
    ['$0 find-lr --model vgg7', 'A chart of the loss, and a suggestion'],
    [
      '$0 find-lr --model my-net.json --set optimizer.type=sgd --plot lr.svg',
      'For another optimizer, as a picture too',
    ],
  ],
  run: async (args, context) => {
    const { from = 1e-6, to = 1, steps = 300, plot, json, ...choice } = args;
    if (from >= to) throw new UsageError(`--from ${from} must be below --to ${to}`);
    const { findLearningRate } = await import('../app/find-lr.js');
    const { printJson, printLines, printWritten, viewOf } = await import('../ui/terminal.js');
    const { rangeTestProgress, renderRangeTest } = await import('../ui/find-lr.js');
    const progress = rangeTestProgress(context.stderr, context.env, steps);
    const request = { ...choice, from, to, steps };
    const found = await findLearningRate(request, context, progress.show).finally(progress.close);
    if (plot !== undefined) await (await import('../app/plot.js')).saveRangeTest(found, plot);
    if (json) return printJson(context.stdout, found);
    printLines(context, renderRangeTest(found, await viewOf(context), again(settings, args)));
    printWritten(context.stdout, plot);
  },
});
