import { defineCommand } from '../../flags/command.js';
import { switched } from '../../flags/define.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'clean [names..]',
  describe: 'Remove what is in the cache: what is needed again is fetched again',
  positionals: {
    names: {
      describe: 'Data sets, engines, or a whole part such as "data"; everything by default',
      type: 'string',
      array: true,
      default: [] as string[],
    },
  },
  flags: {
    'dry-run': { ...switched('Only show what would be removed'), group: flags.GROUPS.output },
    yes: { ...switched('Do not ask'), alias: 'y', group: flags.GROUPS.output },
    ...flags.json,
  },
  examples: [
    ['$0 cache clean --dry-run', 'What would go'],
    ['$0 cache clean engines', 'Remove all native engines, after asking'],
  ],
  run: async ({ names, dryRun, yes, json }, { stdin, stdout, stderr, env }) => {
    const { cacheFolder } = await import('../../files/cache-folder.js');
    const { chooseEntries, listCache, removeEntries } = await import('../../app/cache.js');
    const { renderCache } = await import('../../ui/cache.js');
    const { confirmRemoval } = await import('../../ui/confirm.js');
    const { printJson, tableWidth } = await import('../../ui/terminal.js');
    const entries = chooseEntries(await listCache(), names);
    if (!json) stdout.write(`${renderCache(entries, cacheFolder(), tableWidth({ stdout, env })).join('\n')}\n`);
    const agreed =
      entries.length > 0 &&
      !dryRun &&
      (yes || (await confirmRemoval('cache clean', 'Remove this from the cache?', { stdin, stderr })));
    if (agreed) await removeEntries(entries);
    if (json) printJson(stdout, { removed: entries.map(({ name }) => name), dryRun: !agreed });
    else if (entries.length > 0) stdout.write(agreed ? 'removed\n' : 'nothing was removed\n');
  },
});
