import { EngineError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
import { switched } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'gpu-info',
  describe: 'Say what can train here, what will be used, why not the rest, and what mends it',
  flags: {
    ...flags.json,
    'require-gpu': { ...switched('Exit with 4 unless a GPU is ready for use'), group: flags.GROUPS.engine },
  },
  examples: [
    ['$0 gpu-info', 'Drivers, GPUs, engines, libraries, CPU features'],
    ['$0 gpu-info --require-gpu --json', 'A gate for a script that needs a GPU'],
  ],
  run: async ({ json, requireGpu }) => {
    const { diagnose } = await import('../engine/native/diagnose/diagnose.js');
    const { findBreakages } = await import('../engine/native/diagnose/breakages.js');
    const { chosen, outlook } = await import('../engine/native/diagnose/choice.js');
    const facts = await diagnose({ env: process.env });
    const findings = findBreakages(facts);
    const devices = outlook(facts, findings);
    const choice = chosen(devices);
    if (json) {
      const engines = facts.engines.map(({ log: _log, ...engine }) => engine);
      const document = { uses: choice.device, devices, ...facts, engines, findings };
      process.stdout.write(`${JSON.stringify(document)}\n`);
    } else {
      const { gpuInfoSections } = await import('../ui/gpu-info.js');
      const { renderSections } = await import('../ui/sections.js');
      process.stdout.write(renderSections(gpuInfoSections(facts, findings, devices, choice)));
    }
    const gpu = devices.find(({ device }) => device === 'gpu');
    if (requireGpu && gpu?.state !== 'ready') {
      throw new EngineError(`no GPU is ready: ${gpu?.what ?? ''}`, { hint: gpu?.fix ?? 'Use --device cpu here.' });
    }
  },
});
