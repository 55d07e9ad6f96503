import { defineCommand } from '../flags/command.js';
import { switched, wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'predict <run> <images..>',
  describe: 'Say what is on pictures: files, folders of them, or test images by number',
  positionals: {
    run: flags.trainedRun,
    images: {
      describe: 'Files, folders, patterns, or test images by number or range (0-9)',
      type: 'string',
      array: true,
      demandOption: true,
    },
  },
  flags: {
    ...flags.trainedModel,
    top: {
      ...wholeNumber('top', 'Only the N likeliest classes of each', { min: 1, max: 256 }),
      group: flags.GROUPS.output,
      default: 3,
    },
    ...flags.json,
    'json-lines': {
      ...switched('One JSON object a line, for each image'),
      group: flags.GROUPS.output,
      idle: ({ json }) => (json === true ? '--json prints one document' : undefined),
    },
    csv: {
      ...switched('A table as CSV, a row for each image'),
      group: flags.GROUPS.output,
      idle: (args) => (args.json === true || args['json-lines'] === true ? 'JSON was asked for' : undefined),
    },
  },
  examples: [
    ['$0 predict last boot.jpg', 'A photo: greyed, cut, scaled and inverted as the model needs it'],
    ['$0 predict last photos/ --csv > photos.csv', 'All pictures of a folder, for a spreadsheet'],
    ['$0 predict last 0-99 --json-lines --top 1', 'The first hundred test images, for a script'],
  ],
  run: async (args, context) => {
    const { predict } = await import('../app/predict.js');
    const { printJson, viewOf } = await import('../ui/terminal.js');
    const { stdout } = context;
    const { model, weights, predictions } = await predict({ ...args, top: args.top ?? 3 }, context);
    const documents = predictions.map(({ image: _, ...prediction }) => prediction);
    if (args.json) return printJson(stdout, { model, weights, predictions: documents });
    if (args.jsonLines) {
      for (const document of documents) printJson(stdout, document);
      return;
    }
    const { predictionsCsv, renderPrediction } = await import('../ui/prediction.js');
    if (args.csv) return void stdout.write(predictionsCsv(predictions));
    const view = await viewOf(context);
    for (const prediction of predictions) stdout.write(`${renderPrediction(prediction, view).join('\n')}\n\n`);
  },
});
