import type { FeatureSection } from '../app/features.js';
import { FILTER_NAMES } from '../data/pictures/filters.js';
import { FORMATS } from '../data/pictures/formats.js';
import { defineCommand } from '../flags/command.js';
import { oneOf, switched, text } from '../flags/define.js';
import * as flags from '../flags/options.js';

/** Pairs of kernel and map stay side by side. */
const COLUMNS = 8;

export const command = defineCommand({
  usage: 'features [run]',
  describe: 'Show what the filters of a model make of an image, and which pixels decided',
  positionals: { run: { describe: 'A run (name, path, last) or a .safetensors file', type: 'string' } },
  flags: {
    ...flags.trainedModel,
    ...flags.png,
    ...flags.json,
    image: {
      ...text(`A ${FORMATS.map(({ name }) => name).join(', ')} file, or the number of a test image`),
      alias: 'i',
      group: flags.GROUPS.data,
      default: '0',
    },
    layer: {
      ...text('Whose feature maps (see fmnist summary)'),
      group: flags.GROUPS.model,
      defaultDescription: 'the first convolution',
    },
    filter: { ...oneOf('filter', 'Also apply a filter written by hand', FILTER_NAMES), group: flags.GROUPS.data },
    saliency: { ...switched('Also show which pixels decided: gradient and Grad-CAM'), group: flags.GROUPS.output },
  },
  examples: [
    ['$0 features last', 'The filters of the first convolution, and what they make of test image 0'],
    ['$0 features last --image shoe.jpg --layer conv2d_2 --png maps.png', 'Deeper, of a photo, as a picture'],
    ['$0 features --filter sobel-x --image 7', 'A filter written by hand, without any model'],
    ['$0 features last --filter sobel-x --saliency', 'Both side by side, and which pixels decided'],
  ],
  run: async (args, context) => {
    const { features } = await import('../app/features.js');
    const { stdout } = context;
    const { sections, values, ...found } = await features(args, context);
    if (args.png !== undefined) {
      const { toPng } = await import('../ui/pictures.js');
      const { saveOutput } = await import('../app/save-output.js');
      await saveOutput('png', args.png, await toPng(sections.flatMap(wholeRows), COLUMNS));
    }
    const { printJson, printLines, printWritten, terminalLine } = await import('../ui/terminal.js');
    if (args.json) {
      const tensors = Object.entries(values).map(([name, { shape, data }]) => [name, { shape, values: [...data] }]);
      return printJson(stdout, { ...found, values: Object.fromEntries(tensors) });
    }
    const { showPictures } = await import('../ui/pictures.js');
    const { wrapWords } = await import('../ui/lines.js');
    for (const { title, pictures } of sections) {
      printLines(context, [...wrapWords(title, terminalLine(stdout)), '']);
      await showPictures(context, pictures, { columns: COLUMNS });
    }
    if (found.predicted !== undefined) stdout.write(`predicted ${found.predicted.name}\n`);
    printWritten(stdout, args.png);
  },
});

/** Every section starts a row of its own. */
function wholeRows({ pictures }: FeatureSection): FeatureSection['pictures'] {
  const missing = (COLUMNS - (pictures.length % COLUMNS)) % COLUMNS;
  return [...pictures, ...Array.from({ length: missing }, () => BLANK)];
}

const BLANK = { shape: [1, 1, 1], pixels: Uint8Array.of(255) } as const;
