import { UsageError } from '../errors.js';
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
    ...flags.seed,
    ...flags.data,
    ...flags.png,
    ...flags.json,
    index: {
      ...wholeNumber('index', 'Which training image', { min: 0, max: 59_999 }),
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
  run: async (args) => {
    const { resolveConfig } = await import('../config/resolve.js');
    const ranges = resolveConfig(args, flags.DEFAULT_MODEL).augmentation;
    const { loadData } = await import('../app/open-data.js');
    const { CLASS_NAMES, IMAGE_HEIGHT, IMAGE_SIZE, IMAGE_WIDTH } = await import('../data/classes.js');
    const { drawVariants } = await import('../augment/variants.js');
    const { outputWidth, showPictures, toPicture, writePng } = await import('../ui/pictures.js');

    const { train } = await loadData(args);
    const { index = 0, count = 20, seed = flags.DEFAULT_SEED } = args;
    const label = train.labels[index];
    if (label === undefined) {
      throw new UsageError(`--index ${index}: there are ${train.labels.length} training images, counted from 0`);
    }
    const name = CLASS_NAMES[label] ?? String(label);
    const original = train.images.subarray(index * IMAGE_SIZE, (index + 1) * IMAGE_SIZE);
    const size = { height: IMAGE_HEIGHT, width: IMAGE_WIDTH };
    const variants = drawVariants(original, count, ranges, size, seed);
    const pictures = variants.map(({ pixels }) => toPicture(pixels));

    if (args.png !== undefined) await writePng(args.png, pictures, COLUMNS);
    if (args.json) {
      const parameters = variants.map((variant) => variant.parameters);
      process.stdout.write(`${JSON.stringify({ index, label, name, seed, ranges, variants: parameters })}\n`);
      return;
    }
    const { augmentationParts } = await import('../ui/augmentation-parts.js');
    const { joinWrapped } = await import('../ui/lines.js');
    process.stdout.write(`training image ${index}: ${name}\n\n`);
    await showPictures([toPicture(original)], { columns: 1 });
    const headline = [`${count} variants`, `seed ${seed}`, ...augmentationParts(ranges)];
    process.stdout.write(`${joinWrapped(headline, outputWidth()).join('\n')}\n\n`);
    await showPictures(pictures, { columns: COLUMNS });
    if (args.png !== undefined) process.stdout.write(`wrote ${args.png}\n`);
  },
});
