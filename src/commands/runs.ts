import { RUN_ACTIONS } from '../app/runs/request.js';
import { defineCommand, oneOf, withSeveral } from '../flags/define.js';
import { GROUPS, withJson, withRunsDir } from '../flags/options.js';

export const command = defineCommand({
  command: 'runs [action] [names..]',
  describe: 'List, show, compare and remove runs',
  builder: (flags) =>
    withJson(withRunsDir(withSeveral(flags, 'names')))
      .positional('action', { ...oneOf('action', 'What to do', RUN_ACTIONS), default: 'list' as const })
      .positional('names', {
        describe: 'Runs: a name, its beginning or its end, a path, or last',
        type: 'string',
        array: true,
        default: [] as string[],
      })
      .option('yes', {
        describe: 'With rm: do not ask',
        type: 'boolean',
        alias: 'y',
        group: GROUPS.output,
        default: false,
      })
      .example('$0 runs', 'All runs and how they did')
      .example('$0 runs show last', 'Charts, settings and results of the newest')
      .example('$0 runs compare 3f2a 77aa', 'Two runs over each other, and what differs in their settings')
      .example('$0 runs rm 2026-11-24T0912-vgg7-3f2a', 'Remove a run, after asking'),
  handler: async ({ action, names, runsDir, json, yes }) => {
    const { runAction } = await import('../app/runs/actions.js');
    await runAction(action ?? 'list', { names, runsDir, json, yes });
  },
});
