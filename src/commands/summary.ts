import { DEFAULT_MODEL } from '../config/defaults.js';
import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'summary',
  describe: 'Show the layers, shapes, parameters, memory and work of a model',
  flags: { ...flags.model, ...flags.set, ...flags.dataset, ...flags.json },
  examples: [
    ['$0 summary --model vgg7', 'The layers of a bundled model'],
    ['$0 summary --model ./my-model.json --json', 'The same of your own, as JSON'],
  ],
  run: async (args, { stdout, env }) => {
    const { datasetFor } = await import('../app/open-data.js');
    const { modelInput } = await import('../datasets/spec.js');
    const { resolveConfig } = await import('../config/resolve.js');
    const { buildModel } = await import('../model/build.js');
    const { summarise } = await import('../model/summary.js');
    const { printJson, tableWidth } = await import('../ui/terminal.js');
    const input = modelInput(datasetFor(args.data, undefined));
    const summary = summarise(buildModel(resolveConfig(args, DEFAULT_MODEL, input), input));
    if (args.json) return printJson(stdout, summary);
    const { renderSummary } = await import('../ui/summary.js');
    stdout.write(`${renderSummary(summary, tableWidth({ stdout, env })).join('\n')}\n`);
  },
});
