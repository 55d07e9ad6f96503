import { defineCommand } from '../flags/command.js';
import { wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'bench',
  describe: 'Time plain training steps of a model on this machine, without augmentation and other extras',
  flags: {
    ...flags.model,
    ...flags.set,
    ...flags.batchSize,
    ...flags.device,
    ...flags.json,
    steps: {
      ...wholeNumber('steps', 'Steps to time at least, after a warm-up', { min: 5, max: 100_000 }),
      group: flags.GROUPS.training,
      default: 50,
    },
  },
  examples: [
    ['$0 bench --model vgg7', 'How fast this machine trains the VGG-7'],
    ['$0 bench --model conv --precision bfloat16 --json', 'The same in bfloat16, as JSON'],
  ],
  run: async (args, context) => {
    const { bench } = await import('../app/bench.js');
    const { printJson, printLines, terminalLine } = await import('../ui/terminal.js');
    const result = await bench(args, context);
    if (args.json) return printJson(context.stdout, result);
    const { renderBenchmark } = await import('../ui/benchmark.js');
    printLines(context, renderBenchmark(result, terminalLine(context.stdout)));
  },
});
