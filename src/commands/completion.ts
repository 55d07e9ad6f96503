import { defineCommand, oneOf } from './flags.js';
export const command = defineCommand({
  command: 'completion',
  describe: 'Print a completion script for bash, zsh or fish',
  builder: (flags) => flags.option('shell', oneOf('shell', 'Shell', ['bash', 'zsh', 'fish'])),
  handler: async () => {
    process.stdout.write('');
  },
});
