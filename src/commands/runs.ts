import { RUN_ACTIONS } from '../app/runs/request.js';
import { defineCommand } from '../flags/command.js';
import { oneOf, switched } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'runs [action] [names..]',
  describe: 'List, show, compare and remove runs',
  positionals: {
    action: { ...oneOf('action', 'What to do', RUN_ACTIONS), default: 'list' },
    names: {
      describe: 'Runs: a name, its beginning or its end, a path, or last',
      type: 'string',
      array: true,
      default: [] as string[],
    },
  },
  flags: {
    ...flags.runsDir,
    ...flags.json,
    yes: { ...switched('With rm: do not ask'), alias: 'y', group: flags.GROUPS.output },
  },
  examples: [
    ['$0 runs', 'All runs and how they did'],
    ['$0 runs show last', 'Charts, settings and results of the newest'],
    ['$0 runs compare 3f2a 77aa', 'Two runs over each other, and what differs in their settings'],
    ['$0 runs rm 2026-11-24T0912-vgg7-3f2a', 'Remove a run, after asking'],
  ],
  run: async ({ action, names, runsDir, json, yes }) => {
    const { runAction } = await import('../app/runs/actions.js');
    await runAction(action ?? 'list', { names, runsDir, json, yes });
  },
});
