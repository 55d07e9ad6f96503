import { UsageError } from '../errors.js';
import { defineCommand, ToldError } from '../flags/command.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'validate <file>',
  describe: 'Check a JSON config and report every problem at once',
  positionals: {
    file: {
      type: 'string',
      demandOption: true,
      describe: 'A JSON config, or the name of a bundled one',
      values: 'models',
    },
  },
  flags: { ...flags.set, ...flags.dataset, ...flags.json },
  examples: [
    ['$0 validate my-model.json', 'Says what is wrong, where, and what was perhaps meant'],
    ['$0 validate my-model.json --json', 'The same for a script; exit code 2 when it is not valid'],
  ],
  run: async ({ file, set, data, json }, { stdout }) => {
    const { datasetFor } = await import('../app/open-data.js');
    const { modelInput } = await import('../datasets/spec.js');
    const { loadConfig } = await import('../config/load.js');
    const { withOverrides } = await import('../config/resolve.js');
    const { buildModel } = await import('../model/build.js');
    const { fileName } = await import('../files/standard-input.js');
    const { count } = await import('../ui/format.js');
    const { printJson, terminalLine } = await import('../ui/terminal.js');
    const { wrapWords } = await import('../ui/lines.js');
    const input = modelInput(datasetFor(data, undefined));
    try {
      const config = withOverrides(loadConfig(file, input), { set }, input);
      const { parameters } = buildModel(config, input);
      const { name, layers } = config;
      const facts = { name, layers: layers.length, parameters: parameters.total };
      if (json) return printJson(stdout, { file, valid: true, ...facts });
      const size = `${facts.layers} layers, ${count(facts.parameters)} parameters`;
      const lines = wrapWords(`${fileName(file)} is valid: model "${name}", ${size}`, terminalLine(stdout));
      stdout.write(`${lines.join('\n')}\n`);
    } catch (error) {
      if (!json || !(error instanceof UsageError)) throw error;
      const { message, problems } = error;
      printJson(stdout, { file, valid: false, message, problems });
      throw new ToldError(error);
    }
  },
});
