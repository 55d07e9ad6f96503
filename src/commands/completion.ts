import { basename } from 'node:path';
import { UsageError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
import { didYouMean } from '../suggest.js';
import { COMPLETION_SCRIPTS, SHELLS } from '../ui/completion-scripts.js';

export const command = defineCommand({
  usage: 'completion [shell]',
  describe: 'Print a completion script for bash, zsh or fish',
  positionals: {
    shell: {
      type: 'string',
      describe: 'bash, zsh or fish',
      defaultDescription: 'the shell of $SHELL',
      values: SHELLS,
    },
  },
  flags: {},
  examples: [
    ['$0 completion bash >> ~/.bashrc', 'For bash'],
    ['$0 completion zsh > ~/.zsh/completions/_fmnist', 'For zsh'],
    ['$0 completion fish > ~/.config/fish/completions/fmnist.fish', 'For fish'],
  ],
  run: async (args, { env, stdout }) => {
    const shell = args.shell ?? basename(env.SHELL ?? 'bash');
    const known = SHELLS.find((candidate) => candidate === shell);
    if (known === undefined) {
      throw new UsageError(`no completion for the shell "${shell}"${didYouMean(shell, SHELLS)}`, {
        hint: `Shells: ${SHELLS.join(', ')}.`,
      });
    }
    stdout.write(COMPLETION_SCRIPTS[known]);
  },
});
