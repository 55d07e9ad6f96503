import { defineCommand } from '../../flags/command.js';
import * as flags from '../../flags/options.js';

export const command = defineCommand({
  usage: 'list',
  describe: 'List data sets and native engines in the cache, with their sizes',
  flags: flags.json,
  examples: [
    ['$0 cache list', 'What there is'],
    ['$0 cache list --json', 'The same for a script'],
  ],
  run: async ({ json }, { stdout, env }) => {
    const { cacheFolder } = await import('../../files/cache-folder.js');
    const { listCache } = await import('../../app/cache.js');
    const { printJson, tableWidth } = await import('../../ui/terminal.js');
    const entries = await listCache();
    if (json) return printJson(stdout, { folder: cacheFolder(), entries });
    const { renderCache } = await import('../../ui/cache.js');
    stdout.write(`${renderCache(entries, cacheFolder(), tableWidth({ stdout, env })).join('\n')}\n`);
  },
});
