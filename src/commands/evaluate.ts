import { UsageError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

const MISTAKES = 8;

/** `--tta`, `--tta flip`: mirror images are the only augmentation that is known to help here. */
function flip(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  if (value === true || value === '' || value === 'flip') return true;
  throw new UsageError(`--tta must be flip, but is ${JSON.stringify(value)}`, { hint: 'Put --tta after the run.' });
}

export const command = defineCommand({
  usage: 'evaluate <run>',
  describe: 'Test a trained model: loss, accuracy, classes, confusion',
  positionals: {
    run: flags.trainedRun,
  },
  flags: {
    ...flags.trainedModel,
    ...flags.model,
    ...flags.data,
    ...flags.device,
    ...flags.runsDir,
    ...flags.plot,
    ...flags.json,
    tta: {
      describe: 'Take the mean over each image and its mirror image: flip',
      coerce: flip,
      group: flags.GROUPS.model,
    },
  },
  examples: [
    ['$0 evaluate last', 'The newest run on the 10,000 test images'],
    ['$0 evaluate last --checkpoint best --tta flip', 'Its best epoch, with mirror images'],
    ['$0 evaluate last --plot confusion.svg', 'The confusion matrix as a picture too'],
    ['$0 evaluate weights.safetensors --model vgg7 --json', 'Weights from elsewhere, as JSON'],
  ],
  run: async (args, context) => {
    const { evaluate } = await import('../app/evaluate.js');
    const { printJson, viewOf } = await import('../ui/terminal.js');
    const { stdout } = context;
    const request = { ...args, flip: args.tta ?? false, mistakes: MISTAKES };
    const { report, mistakes } = await evaluate(request, context);
    if (args.plot !== undefined) await (await import('../app/plot.js')).saveConfusion(report, args.plot);
    if (args.json) return printJson(stdout, report);
    const { renderEvaluation } = await import('../ui/results/evaluation.js');
    stdout.write(`${renderEvaluation(report, mistakes, await viewOf(context)).join('\n')}\n`);
  },
});
