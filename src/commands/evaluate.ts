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
    run: { describe: 'A run (name, path, last) or a .safetensors file', type: 'string', demandOption: true },
  },
  flags: {
    ...flags.trainedModel,
    ...flags.model,
    ...flags.data,
    ...flags.device,
    ...flags.runsDir,
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
    ['$0 evaluate weights.safetensors --model vgg7 --json', 'Weights from elsewhere, as JSON'],
  ],
  run: async (args) => {
    const { chooseTrainedModel } = await import('../app/trained-model.js');
    const { loadData } = await import('../app/open-data.js');
    const { loadEngine } = await import('../app/open-engine.js');
    const { openClassifier } = await import('../training/evaluation/classifier.js');
    const { config, path, settings, weights } = await chooseTrainedModel(args.run, args);
    const precision = args.precision ?? settings?.precision ?? 'float32';
    const dataset = await loadData({ ...args, data: args.data ?? settings?.dataset });
    const { engine } = await loadEngine({ ...args, precision });
    const classifier = await openClassifier({
      engine,
      config,
      precision,
      tensors: weights,
      source: path,
      data: dataset.test,
    });
    const result = await classifier.evaluate(args.tta ?? false, MISTAKES);
    classifier.dispose();
    const report = {
      model: config.name,
      weights: path,
      ema: args.ema,
      tta: args.tta ?? false,
      engine: engine.info,
      precision,
      images: dataset.test.labels.length,
      synthetic: dataset.synthetic,
      testLoss: result.loss,
      testAccuracy: result.accuracy,
      classes: result.classes,
      confusion: result.confusion,
    };
    if (args.json) {
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return;
    }
    const { renderEvaluation } = await import('../ui/results/evaluation.js');
    const { colourMode } = await import('../ui/pixels.js');
    const { stdoutView } = await import('../ui/terminal.js');
    const { env, stdout } = process;
    const view = { ...(await stdoutView()), pictures: colourMode(stdout, env) };
    stdout.write(`${renderEvaluation(report, result.mistakes, view).join('\n')}\n`);
  },
});
