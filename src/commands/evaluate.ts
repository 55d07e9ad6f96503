import { TTA, type Tta } from '../config/defaults.js';
import { UsageError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

const MISTAKES = 8;

/** `--tta` alone is `--tta flip`. */
function views(value: unknown): Tta | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true || value === '') return 'flip';
  const named = TTA.find((name) => name === value);
  if (named !== undefined) return named;
  const hint = 'Put --tta after the run.';
  throw new UsageError(`--tta must be ${TTA.join(' or ')}, but is ${JSON.stringify(value)}`, { hint });
}

export const command = defineCommand({
  usage: 'evaluate <run>',
  describe: 'Test a trained model: loss, accuracy, classes, confusion',
  positionals: {
    run: flags.trainedRun,
  },
  flags: {
    ...flags.trainedModel,
    ...flags.plot,
    ...flags.json,
    tta: {
      describe: `Take the mean over each image and its mirror image, and over shifts by a pixel: ${TTA.join(', ')}`,
      coerce: views,
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
    const { printJson, printWritten, viewOf } = await import('../ui/terminal.js');
    const { stdout } = context;
    const request = { ...args, mistakes: MISTAKES };
    const { report, mistakes } = await evaluate(request, context);
    if (args.plot !== undefined) await (await import('../app/plot.js')).saveConfusion(report, args.plot);
    if (args.json) return printJson(stdout, report);
    const { renderEvaluation } = await import('../ui/results/evaluation.js');
    stdout.write(`${renderEvaluation(report, mistakes, await viewOf(context)).join('\n')}\n`);
    printWritten(stdout, args.plot);
  },
});
