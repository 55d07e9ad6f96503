import type { ReportRequest } from '../app/report.js';
import type { CommandContext } from '../context.js';
import { defineCommand } from '../flags/command.js';
import { fileOf, switched, wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'report [runs..]',
  describe: 'Write what a run did, or how several compare, as one HTML page',
  positionals: { runs: flags.runNames },
  flags: {
    ...flags.data,
    ...flags.runsDir,
    out: {
      ...fileOf('out', 'The file to write', ['.html']),
      alias: 'o',
      group: flags.GROUPS.output,
      defaultDescription: "the run's name, or report, with .html",
      idle: ({ watch }) => (watch === true ? '--watch serves the report and writes no file' : undefined),
    },
    open: { ...switched('Open it in the browser'), group: flags.GROUPS.output },
    watch: { ...switched('Serve it on this machine and follow the run, until Ctrl-C'), group: flags.GROUPS.output },
    port: {
      ...wholeNumber('port', 'With --watch: the port', { min: 0, max: 65_535 }),
      group: flags.GROUPS.output,
      defaultDescription: 'any that is free',
      idle: ({ watch }) => (watch === true ? undefined : 'it is for --watch'),
    },
  },
  examples: [
    ['$0 report last', 'Curves, test, mistakes and settings of the newest run, to keep or send'],
    ['$0 report last --watch --open', 'A run that goes on, as it goes on'],
    ['$0 report 3f2a 77aa --out compared.html --open', 'Two runs compared, shown in the browser'],
  ],
  run: async (args, context) => {
    const { report, saveReport } = await import('../app/report.js');
    const { openOrWarn } = await import('../app/open-browser.js');
    const { stdout } = context;
    if (args.watch) return watch(args, context);
    const made = await report({ ...args, now: new Date() }, context);
    const { file, bytes } = await saveReport(made, args.out);
    const { bytes: size } = await import('../ui/format.js');
    stdout.write(`wrote ${file} (${size(bytes)})\n`);
    if (args.open) await openOrWarn(file, context.warn);
  },
});

interface WatchArguments extends Omit<ReportRequest, 'now'> {
  readonly open: boolean;
  readonly port: number | undefined;
}

async function watch(args: WatchArguments, context: CommandContext): Promise<void> {
  const { serveReport } = await import('../app/serve-report.js');
  const { openOrWarn } = await import('../app/open-browser.js');
  const onAddress = (address: string) => {
    context.stdout.write(`${address}\nCtrl-C ends it\n`);
    if (args.open) void openOrWarn(address, context.warn);
  };
  await serveReport({ ...args, port: args.port ?? 0, onAddress }, context);
}
