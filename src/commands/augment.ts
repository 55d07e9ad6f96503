import { DEFAULT_SEED } from '../config/defaults.js';
import { defineCommand } from '../flags/command.js';
import { wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

/** The book shows a hundred variants as ten by ten. */
const COLUMNS = 10;

export const command = defineCommand({
  usage: 'augment',
  describe: 'Preview what augmentation makes of one image',
  flags: {
    ...flags.model,
    ...flags.set,
    ...flags.seed,
    ...flags.data,
    ...flags.png,
    ...flags.json,
    index: {
      ...wholeNumber('index', 'Which training image', { min: 0 }),
      group: flags.GROUPS.data,
      default: 0,
    },
    count: {
      ...wholeNumber('count', 'How many variants', { min: 1, max: 10_000 }),
      group: flags.GROUPS.output,
      default: 20,
    },
  },
  examples: [
    ['$0 augment --index 5 --count 100', 'A hundred variants of training image 5'],
    ['$0 augment --config my.json --png variants.png', "With a config's ranges, saved as a picture"],
  ],
  run: async (args, context) => {
    const { augmentOne } = await import('../app/augment.js');
    const { showPictures, toPng } = await import('../ui/pictures.js');
    const { printJson, printWritten, viewOf } = await import('../ui/terminal.js');
    const { index, count, png, seed = DEFAULT_SEED } = args;
    const { label, name, ranges, original, variants } = await augmentOne({ ...args, seed }, context);
    const pictures = variants.map(({ image }) => image);
    if (png !== undefined) {
      const { saveOutput } = await import('../app/save-output.js');
      await saveOutput('png', png, await toPng(pictures, COLUMNS));
    }
    const { stdout } = context;
    if (args.json) {
      const parameters = variants.map((variant) => variant.parameters);
      printJson(stdout, { index, label, name, seed, ranges, variants: parameters });
      return;
    }
    const { augmentationParts } = await import('../ui/augmentation-parts.js');
    const { joinWrapped } = await import('../ui/lines.js');
    const { columns } = await viewOf(context);
    stdout.write(`training image ${index}: ${name}\n\n`);
    await showPictures(context, [original], { columns: 1 });
    const headline = [`${count} variants`, `seed ${seed}`, ...augmentationParts(ranges)];
    stdout.write(`${joinWrapped(headline, columns - 1).join('\n')}\n\n`);
    await showPictures(context, pictures, { columns: COLUMNS });
    printWritten(stdout, png);
  },
});
