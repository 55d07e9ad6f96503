import { defineCommand } from '../../flags/command.js';
import { fileOf, switched } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import { sweepsDir, sweepTarget } from '../../flags/sweep.js';

export const command = defineCommand({
  usage: 'report <sweep>',
  describe: 'Write the trials of a sweep as one HTML page: parallel coordinates, what mattered, a table',
  positionals: { sweep: sweepTarget },
  flags: {
    out: {
      ...fileOf('out', 'The file to write', ['.html']),
      alias: 'o',
      group: flags.GROUPS.output,
      defaultDescription: "the sweep's name with .html",
    },
    open: { ...switched('Open it in the browser'), group: flags.GROUPS.output },
    ...sweepsDir,
  },
  examples: [
    ['$0 sweep report study', 'To keep or to send'],
    ['$0 sweep report study --out trials.html --open', 'Shown in the browser'],
  ],
  run: async ({ sweep: target, sweepsDir: folder, out, open }, context) => {
    const { openSweep } = await import('../../app/sweep/open.js');
    const { saveSweepReport } = await import('../../app/sweep/report.js');
    const { openOrWarn } = await import('../../app/open-browser.js');
    const { bytes: size } = await import('../../ui/format.js');
    const { file, bytes } = await saveSweepReport(await openSweep(target, folder), out, new Date());
    context.stdout.write(`wrote ${file} (${size(bytes)})\n`);
    if (open) await openOrWarn(file, context.warn);
  },
});
