import { EngineError } from '../errors.js';
import { defineCommand, ToldError } from '../flags/command.js';
import { switched } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'gpu-info',
  describe: 'Say what can train here, what will be used, why not the rest, and how to fix that',
  flags: {
    ...flags.json,
    'require-gpu': { ...switched('Exit with 4 unless a GPU is ready for use'), group: flags.GROUPS.engine },
  },
  examples: [
    ['$0 gpu-info', 'Drivers, GPUs, engines, libraries, CPU features'],
    ['$0 gpu-info --require-gpu --json', 'A gate for a script that needs a GPU'],
  ],
  run: async ({ json, requireGpu }, context) => {
    const { inspectDevices } = await import('../app/devices.js');
    const { printJson, printLines, terminalLine } = await import('../ui/terminal.js');
    const { facts, findings, devices, choice } = await inspectDevices(context);
    if (json) {
      const engines = facts.engines.map(({ log: _log, ...engine }) => engine);
      printJson(context.stdout, { uses: choice.device, devices, ...facts, engines, findings });
    } else {
      const { gpuInfoSections } = await import('../ui/gpu-info.js');
      const { renderSections } = await import('../ui/sections.js');
      const sections = gpuInfoSections(facts, findings, devices, choice);
      printLines(context, renderSections(sections, terminalLine(context.stdout)));
    }
    const gpu = devices.find(({ device }) => device === 'gpu');
    if (requireGpu && gpu?.state !== 'ready') {
      throw new ToldError(
        new EngineError(`no GPU is ready: ${gpu?.what ?? ''}`, { hint: gpu?.fix ?? 'Use --device cpu here.' }),
      );
    }
  },
});
