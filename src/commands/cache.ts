import { defineGroup } from '../flags/command.js';
import { command as clean } from './cache/clean.js';
import { command as list } from './cache/list.js';

export const command = defineGroup({
  name: 'cache',
  describe: 'Show and clean the folder of data sets and native engines',
  subcommands: [list, clean],
  examples: [
    ['$0 cache', 'What there is, and how large'],
    ['$0 cache clean engines --dry-run', 'What cleaning a part of it would remove'],
  ],
});
