import type { Dataset } from '../data/dataset.js';
import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';
import { imageAt } from '../image.js';

/** The book's chapter shows the first sixteen training images so. */
const GRID = 4;

export const command = defineCommand({
  usage: 'data',
  describe: 'Get and verify Fashion-MNIST, say where it came from, show some images',
  flags: { ...flags.data, ...flags.png, ...flags.json },
  examples: [
    ['$0 data', 'Get the data once; later commands find it in the cache'],
    ['$0 data --data-dir ~/fashion-mnist --png grid.png', 'Use your own copy, and save the picture'],
    ['$0 data --offline --json', 'Check what is there, for a script'],
  ],
  run: async (args, context) => {
    const { datasetFor, openData } = await import('../app/open-data.js');
    const { showPictures, toPng } = await import('../ui/pictures.js');
    const { printJson } = await import('../ui/terminal.js');
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
    stdout.write(`${renderDataReport(dataset)}\n`);
    await showPictures(context, pictures, { columns: GRID });
    if (png !== undefined) stdout.write(`wrote ${png}\n`);
  },
});

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
