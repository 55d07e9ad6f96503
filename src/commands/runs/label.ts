import { UsageError } from '../../errors.js';
import { defineCommand } from '../../flags/command.js';
import { repeated } from '../../flags/define.js';
import * as flags from '../../flags/options.js';
import * as runFlags from '../../flags/run.js';

export const command = defineCommand({
  usage: 'label [names..]',
  describe: 'Change the note and the tags of runs',
  positionals: { names: flags.runNames },
  flags: {
    note: runFlags.labels.note,
    tag: runFlags.labels.tag,
    untag: { ...repeated('A tag to take away; may be repeated'), group: flags.GROUPS.output },
    ...flags.runsDir,
    ...flags.json,
  },
  examples: [
    ['$0 runs label last --tag baseline', 'Mark the newest run'],
    ['$0 runs label 3f2a --note "with more dropout" --untag baseline', 'Say more of one'],
  ],
  run: async ({ names, note, tag = [], untag = [], runsDir, json }, { stdout }) => {
    if (note === undefined && tag.length === 0 && untag.length === 0) {
      throw new UsageError('which label? Say --note, --tag or --untag');
    }
    const { labelRuns } = await import('../../app/runs.js');
    const { printJson, terminalLine } = await import('../../ui/terminal.js');
    const { joinWrapped } = await import('../../ui/lines.js');
    const labelled = await labelRuns(names, { runsDir, note, tags: tag, untag });
    if (json) return printJson(stdout, { labelled });
    for (const run of labelled) {
      const facts = [run.name, ...(run.note === null ? [] : [run.note]), ...run.tags.map((one) => `#${one}`)];
      stdout.write(`${joinWrapped(facts, terminalLine(stdout), '  ').join('\n')}\n`);
    }
  },
});
