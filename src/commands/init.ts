import { commandLine } from '../command-line.js';
import { defineCommand } from '../flags/command.js';
import { switched } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'init <name>',
  describe: 'Write a commented config to start from',
  positionals: {
    name: { type: 'string', demandOption: true, describe: "The model's name; the file is NAME.json" },
  },
  flags: {
    force: { ...switched('Replace what is there'), group: flags.GROUPS.output },
  },
  examples: [
    ['$0 init my-net', 'Writes my-net.json'],
    ['$0 init my-net --force', 'The same, over one that is there'],
  ],
  run: async ({ name, force }, context) => {
    const { writeStarterConfig } = await import('../app/init.js');
    const { printLines, viewOf } = await import('../ui/terminal.js');
    const path = await writeStarterConfig(name, force === true);
    const { palette } = await viewOf(context);
    printLines(context, [`wrote ${path}`, `next: ${palette.strong(commandLine('train', '--config', path))}`]);
  },
});
