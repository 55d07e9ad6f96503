import type { Dataset } from '../data/dataset.js';
import { defineCommand } from '../flags/command.js';
import * as flags from '../flags/options.js';

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
    const { openData } = await import('../app/open-data.js');
    const { CLASS_NAMES, IMAGE_SIZE } = await import('../data/classes.js');
    const { showPictures, toPicture, toPng } = await import('../ui/pictures.js');
    const { printJson } = await import('../ui/terminal.js');
    const { png } = args;
    const { stdout } = context;
    const dataset = await openData(args, context);
    const { images, labels } = dataset.train;
    const pictures = Array.from({ length: GRID * GRID }, (_, i) =>
      toPicture(images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE), CLASS_NAMES[labels[i] ?? -1]),
    );
    if (png !== undefined) {
      const { savePicture } = await import('../app/save-picture.js');
      await savePicture(png, await toPng(pictures, GRID));
    }
    if (args.json) return printJson(stdout, report(dataset, CLASS_NAMES));
    const { renderDataReport } = await import('../ui/data-report.js');
    stdout.write(`${renderDataReport(dataset)}\n`);
    await showPictures(context, pictures, { columns: GRID });
    if (png !== undefined) stdout.write(`wrote ${png}\n`);
  },
});

/** The document of `--json`. */
function report({ source, synthetic, files, notes, train, test }: Dataset, names: readonly string[]) {
  const count = (labels: Uint8Array, label: number) => labels.filter((found) => found === label).length;
  return {
    source,
    synthetic,
    files,
    train: train.labels.length,
    test: test.labels.length,
    classes: names.map((name, label) => ({
      label,
      name,
      train: count(train.labels, label),
      test: count(test.labels, label),
    })),
    notes,
  };
}
