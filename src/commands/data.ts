import type { CommandContext } from '../context.js';
import type { Dataset } from '../data/dataset.js';
import { UsageError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
import { switched, text } from '../flags/define.js';
import * as flags from '../flags/options.js';
import { imageAt } from '../image.js';

/** The book's chapter shows the first sixteen training images so. */
const GRID = 4;

export const command = defineCommand({
  usage: 'data',
  describe: 'Get and verify a data set, say where it came from, show some images',
  flags: {
    ...flags.data,
    ...flags.png,
    ...flags.json,
    describe: {
      ...text('Write a manifest (dataset.json) for a folder of your own IDX files'),
      group: flags.GROUPS.data,
    },
    classes: {
      ...text('With --describe, the names of the classes: a,b,c'),
      group: flags.GROUPS.data,
      defaultDescription: 'the labels',
    },
    force: {
      ...switched('With --describe, replace the manifest that is there'),
      group: flags.GROUPS.data,
      idle: ({ describe }) => (describe === undefined ? 'it is for --describe' : undefined),
    },
  },
  examples: [
    ['$0 data', 'Get the data once; later commands find it in the cache'],
    ['$0 data --data-dir ~/fashion-mnist --png grid.png', 'Use your own copy, and save the picture'],
    ['$0 data --offline --json', 'Check what is there, for a script'],
    ['$0 data --describe shoes --classes boot,sandal', 'Make a data set of your own IDX files'],
  ],
  run: async (args, context) => {
    if (args.describe !== undefined) return describe(args.describe, args, context);
    if (args.classes !== undefined) throw new UsageError('--classes goes with --describe FOLDER');
    const { datasetFor, openData } = await import('../app/open-data.js');
    const { showPictures, toPng } = await import('../ui/pictures.js');
    const { printJson, printLines, printWritten, terminalLine } = await import('../ui/terminal.js');
    const { png } = args;
    const { stdout } = context;
    const dataset = await openData(datasetFor(args.data, undefined), args, context);
    const { imageShape, classes } = dataset.spec;
    const { images, labels } = dataset.train;
    const pictures = Array.from(labels.subarray(0, GRID * GRID), (label, i) => ({
      ...imageAt(images, i, imageShape),
      label: classes[label] ?? String(label),
    }));
    if (png !== undefined) {
      const { saveOutput } = await import('../app/save-output.js');
      await saveOutput('png', png, await toPng(pictures, GRID));
    }
    if (args.json) return printJson(stdout, report(dataset));
    const { renderDataReport } = await import('../ui/data-report.js');
    printLines(context, [...renderDataReport(dataset, terminalLine(stdout)), '']);
    await showPictures(context, pictures, { columns: GRID });
    printWritten(stdout, png);
  },
});

interface DescribeFlags {
  readonly classes: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

async function describe(
  folder: string,
  { classes, force, json }: DescribeFlags,
  context: CommandContext,
): Promise<void> {
  const { describeData } = await import('../app/describe-data.js');
  const { printJson, printLines } = await import('../ui/terminal.js');
  const description = await describeData(folder, { classes, force });
  if (json) return printJson(context.stdout, description);
  const { renderDescription } = await import('../ui/data-report.js');
  printLines(context, renderDescription(description));
}

/** The document of `--json`. */
function report({ spec, source, files, notes, train, test }: Dataset) {
  const count = (labels: Uint8Array, label: number) => labels.filter((found) => found === label).length;
  return {
    source,
    synthetic: spec.kind === 'synthetic',
    files,
    train: train.labels.length,
    test: test.labels.length,
    classes: spec.classes.map((name, label) => ({
      label,
      name,
      train: count(train.labels, label),
      test: count(test.labels, label),
    })),
    notes,
  };
}
