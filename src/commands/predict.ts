import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'predict <run> <images..>',
  describe: 'Say what is on pictures: PNG or JPEG files, or test images by number',
  positionals: {
    run: { describe: 'A run (name, path, last) or a .safetensors file', type: 'string', demandOption: true },
    images: {
      describe: 'Files, or numbers of test images (0 to 9999)',
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
  run: async (args) => {
    const { chooseTrainedModel } = await import('../app/trained-model.js');
    const { loadEngine } = await import('../app/open-engine.js');
    const { loadData } = await import('../app/open-data.js');
    const { readInputs } = await import('../data/pictures/inputs.js');
    const { openClassifier } = await import('../training/evaluation/classifier.js');
    const { predictions } = await import('../training/evaluation/prediction.js');
    const { config, path, settings, weights } = await chooseTrainedModel(args.run, args);
    const inputs = await readInputs(args.images, async () => {
      const dataset = await loadData({ ...args, data: args.data ?? settings?.dataset });
      return dataset.test;
    });
    const precision = args.precision ?? settings?.precision ?? 'float32';
    const { engine } = await loadEngine({ ...args, precision });
    const data = { images: inputs[0]?.image ?? new Uint8Array(), labels: new Uint8Array(1) };
    const classifier = await openClassifier({ engine, config, precision, tensors: weights, source: path, data });
    const predicted = await predictions(classifier, inputs);
    classifier.dispose();
    if (args.json) {
      const documents = predicted.map(({ image: _, ...prediction }) => prediction);
      process.stdout.write(`${JSON.stringify({ model: config.name, weights: path, predictions: documents })}\n`);
      return;
    }
    const { renderPrediction } = await import('../ui/prediction.js');
    const { colourMode } = await import('../ui/pixels.js');
    const { stdoutView } = await import('../ui/terminal.js');
    const { env, stdout } = process;
    const view = { ...(await stdoutView()), pictures: colourMode(stdout, env) };
    for (const prediction of predicted) stdout.write(`${renderPrediction(prediction, view).join('\n')}\n\n`);
  },
});
