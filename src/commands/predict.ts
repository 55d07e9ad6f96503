import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'predict <run> <images..>',
  describe: 'Say what is on pictures: PNG or JPEG files, or test images by number',
  positionals: {
    run: flags.trainedRun,
    images: {
      describe: 'Files, or numbers of test images (from 0)',
      type: 'string',
      array: true,
      demandOption: true,
    },
  },
  flags: {
    ...flags.trainedModel,
    ...flags.model,
    ...flags.data,
    ...flags.device,
    ...flags.runsDir,
    ...flags.json,
  },
  examples: [
    ['$0 predict last boot.jpg', 'A photo: greyed, cut, scaled and inverted as the model needs it'],
    ['$0 predict last 0 1 2 --json', 'The first test images, as JSON'],
  ],
  run: async (args, context) => {
    const { predict } = await import('../app/predict.js');
    const { printJson, viewOf } = await import('../ui/terminal.js');
    const { stdout } = context;
    const { model, weights, predictions } = await predict(args, context);
    if (args.json) {
      const documents = predictions.map(({ image: _, ...prediction }) => prediction);
      return printJson(stdout, { model, weights, predictions: documents });
    }
    const { renderPrediction } = await import('../ui/prediction.js');
    const view = await viewOf(context);
    for (const prediction of predictions) stdout.write(`${renderPrediction(prediction, view).join('\n')}\n\n`);
  },
});
