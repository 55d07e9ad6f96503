import { defineCommand } from '../flags/command.js';
import { switched, text } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'report [runs..]',
  describe: 'Write what a run did, or how several compare, as one HTML page',
  positionals: { runs: flags.runNames },
  flags: {
    ...flags.data,
    ...flags.runsDir,
    out: {
      ...text('The file to write'),
      alias: 'o',
      group: flags.GROUPS.output,
      defaultDescription: "the run's name, or report, with .html",
    },
    open: { ...switched('Open it in the browser'), group: flags.GROUPS.output },
  },
  examples: [
    ['$0 report last', 'Curves, test, mistakes and settings of the newest run, to keep or send'],
    ['$0 report 3f2a 77aa --out compared.html --open', 'Two runs compared, shown in the browser'],
  ],
  run: async (args, context) => {
    const { report, saveReport } = await import('../app/report.js');
    const { stdout } = context;
    const made = await report({ ...args, now: new Date() }, context);
    const { file, bytes } = await saveReport(made, args.out);
    const { bytes: size } = await import('../ui/format.js');
    stdout.write(`wrote ${file} (${size(bytes)})\n`);
    if (!args.open) return;
    const { openInBrowser } = await import('../app/open-browser.js');
    if (!(await openInBrowser(file))) context.warn(`no browser could be opened; open ${file} yourself`);
  },
});
