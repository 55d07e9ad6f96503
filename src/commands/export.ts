import { UsageError } from '../errors.js';
import { FORMAT_NAMES, FORMATS, INPUTS } from '../export/formats.js';
import { defineCommand } from '../flags/command.js';
import { oneOf, switched, text, wholeNumber } from '../flags/define.js';
import * as flags from '../flags/options.js';

const { model: MODEL, output: OUTPUT } = flags.GROUPS;
const PORT = 8080;

export const command = defineCommand({
  usage: 'export <run>',
  describe: 'Write a trained model for Keras, TensorFlow, ONNX, tfjs, PyTorch, or as a web page',
  positionals: {
    run: { describe: 'A run (name, path, last) or a .safetensors file', type: 'string', demandOption: true },
  },
  flags: {
    format: { ...oneOf('format', 'What to write', FORMAT_NAMES), alias: 'f', group: OUTPUT, demandOption: true },
    out: {
      ...text('The file or folder to write'),
      alias: 'o',
      group: OUTPUT,
      defaultDescription: "the model's name and the format's ending",
    },
    force: { ...switched('Replace what is there'), group: OUTPUT },
    checkpoint: {
      ...oneOf('checkpoint', "Which of a run's weights", ['best', 'last', 'ema']),
      group: MODEL,
      defaultDescription: 'what the run ended with',
    },
    input: {
      ...oneOf('input', 'What the export takes: bytes 0 to 255, or floats 0 to 1', INPUTS),
      group: OUTPUT,
      default: 'bytes',
    },
    verify: {
      describe: 'Run the export on 256 test images and compare; --no-verify leaves it out',
      type: 'boolean',
      group: OUTPUT,
      defaultDescription: 'where what runs it is at hand',
    },
    serve: { ...switched('With --format page: open it to the browsers of this machine, until Ctrl-C'), group: OUTPUT },
    port: {
      ...wholeNumber('port', 'Port of --serve', { min: 0, max: 65_535 }),
      group: OUTPUT,
      defaultDescription: String(PORT),
    },
    ...flags.model,
    ...flags.set,
    ...flags.data,
    ...flags.runsDir,
    ...flags.json,
  },
  examples: [
    ...FORMAT_NAMES.map((name) => [`$0 export last -f ${name}`, `Write ${FORMATS[name].describe}`] as const),
    ['$0 export last -f page --serve', 'Write the page and open it on this machine'],
  ],
  run: async (args, context) => {
    const { exportModel } = await import('../app/export/export-model.js');
    const { printJson, viewOf } = await import('../ui/terminal.js');
    const { stdout } = context;
    if (args.serve && args.format !== 'page') throw new UsageError('--serve is for --format page alone');
    const report = await exportModel(args, context);
    if (args.json) printJson(stdout, report);
    else {
      const { renderExport } = await import('../ui/results/export.js');
      stdout.write(`${renderExport(report, await viewOf(context)).join('\n')}\n`);
    }
    if (!args.serve) return;
    const { servePage } = await import('../app/export/serve-page.js');
    await servePage(report.out, args.port ?? PORT, context, (url) => {
      context.stderr.write(`the page is at ${url} until Ctrl-C\n`);
    });
  },
});
