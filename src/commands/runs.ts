import { defineGroup } from '../flags/command.js';
import { command as compare } from './runs/compare.js';
import { command as label } from './runs/label.js';
import { command as list } from './runs/list.js';
import { command as prune } from './runs/prune.js';
import { command as remove } from './runs/remove.js';
import { command as show } from './runs/show.js';

export const command = defineGroup({
  name: 'runs',
  describe: 'List, show, compare, label and remove runs',
  subcommands: [list, show, compare, label, remove, prune],
  examples: [
    ['$0 runs', 'All runs and how they did'],
    ['$0 runs list --sort test --filter model=vgg7', 'Those of one model, the best first'],
    ['$0 runs show last', 'Charts, settings and results of the newest'],
    ['$0 runs compare 3f2a 77aa', 'Two runs over each other, and what differs in their settings'],
    ['$0 runs rm 2026-11-24T0912-vgg7-3f2a', 'Remove a run, after asking'],
  ],
});
