import { defineCommand } from '../flags/command.js';
import { wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'bench',
  describe: 'Time training steps of a model on this machine',
  flags: {
    ...flags.model,
    ...flags.batchSize,
    ...flags.device,
    ...flags.json,
    steps: {
      ...wholeNumber('steps', 'Steps to time, after a warm-up', { min: 5, max: 100_000 }),
      group: flags.GROUPS.training,
      default: 50,
    },
  },
  examples: [
    ['$0 bench --model vgg7', 'How fast this machine trains the VGG-7'],
    ['$0 bench --model conv --precision bfloat16 --json', 'The same in bfloat16, as JSON'],
  ],
  run: async (args) => {
    const { resolveConfig } = await import('../config/resolve.js');
    const config = resolveConfig(args, flags.DEFAULT_MODEL);
    const { loadEngine } = await import('../app/open-engine.js');
    const { engine } = await loadEngine({ ...args, offline: false });
    const { buildModel } = await import('../model/build.js');
    const { benchmark } = await import('../training/benchmark.js');
    const result = await benchmark({
      engine,
      model: buildModel(config),
      optimizer: config.optimizer,
      learningRate: config.optimizer.learningRate,
      batchSize: config.training.batchSize,
      precision: args.precision ?? 'float32',
      steps: args.steps ?? 50,
    });
    if (args.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    const { renderBenchmark } = await import('../ui/benchmark.js');
    process.stdout.write(renderBenchmark(result));
  },
});
