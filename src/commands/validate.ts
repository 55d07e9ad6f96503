import { UsageError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'validate <file>',
  describe: 'Check a JSON config and report every problem at once',
  positionals: {
    file: { type: 'string', demandOption: true, describe: 'A JSON config, or the name of a bundled one' },
  },
  flags: { ...flags.json },
  examples: [
    ['$0 validate my-model.json', 'Says what is wrong, where, and what was perhaps meant'],
    ['$0 validate my-model.json --json', 'The same for a script; exit code 2 when it is not valid'],
  ],
  run: async ({ file, json }, { stdout }) => {
    const { loadConfig } = await import('../config/load.js');
    const { buildModel } = await import('../model/build.js');
    try {
      const config = loadConfig(file);
      const { parameters } = buildModel(config);
      const layers = config.layers.length;
      stdout.write(
        json
          ? `${JSON.stringify({ file, valid: true, name: config.name, layers, parameters: parameters.total })}\n`
          : `${file} is valid: model "${config.name}", ${layers} layers, ${parameters.total.toLocaleString('en')} parameters\n`,
      );
    } catch (error) {
      if (json && error instanceof UsageError) {
        const { message, problems } = error;
        stdout.write(`${JSON.stringify({ file, valid: false, message, problems })}\n`);
      }
      throw error;
    }
  },
});
