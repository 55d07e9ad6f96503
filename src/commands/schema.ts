import { readSchema, SCHEMA_NAMES, schemaPath } from '../app/schemas.js';
import { defineCommand } from '../flags/command.js';
import { choice, switched } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'schema [name]',
  describe: 'Print the JSON Schema of a config, a data manifest, a sweep, or the events of --json',
  positionals: {
    name: { ...choice('the schema', 'Which', SCHEMA_NAMES), default: 'config' },
  },
  flags: {
    path: { ...switched('Print the path of its file, for the "$schema" of a config'), group: flags.GROUPS.output },
  },
  examples: [
    ['$0 schema', 'All layers, optimizers, schedules and their keys'],
    ['$0 schema --path', 'The file to name as "$schema", so that an editor completes the keys'],
    ['$0 schema events', 'What the lines of $0 train --json hold'],
  ],
  run: async ({ name, path }, { stdout }) => {
    stdout.write(path ? `${schemaPath(name)}\n` : await readSchema(name));
  },
});
