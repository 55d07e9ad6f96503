import type { ExportRequest, SetupRequest } from '../app/setup.js';
import type { CommandContext } from '../context.js';
import type { Archived } from '../engine/native/provision/archive.js';
import type { Variant } from '../engine/native/provision/recipes.js';
import { EngineError, UsageError } from '../errors.js';
import { defineCommand, ToldError } from '../flags/command.js';
import { ifPresent, oneOf, switched, text } from '../flags/define.js';
import * as flags from '../flags/options.js';

export const command = defineCommand({
  usage: 'setup',
  describe: 'Put native TensorFlow into your cache, as the first training would',
  flags: {
    ...flags.json,
    variant: {
      ...oneOf('variant', 'Which TensorFlow', ['cpu', 'gpu']),
      group: flags.GROUPS.engine,
      defaultDescription: 'gpu where an NVIDIA driver answers, else cpu',
    },
    check: { ...switched('Only say what is in place; exit code 4 where it is not'), group: flags.GROUPS.engine },
    force: {
      ...switched('Build it again even where it is in place'),
      group: flags.GROUPS.engine,
      idle: ({ check }) => (check === true ? '--check builds nothing' : undefined),
    },
    export: {
      ...text('Write the engine and the data in the cache to this file, for a machine without a network'),
      group: flags.GROUPS.output,
    },
    import: {
      ...text('Put what --export wrote into the cache; nothing is downloaded or compiled'),
      group: flags.GROUPS.engine,
    },
    full: {
      ...switched('The GPU engine with the CUDA libraries that nothing here calls, too (3.4 GB instead of 2.1)'),
      group: flags.GROUPS.engine,
      idle: ({ variant }) => (variant === 'cpu' ? 'the CPU engine is always whole' : undefined),
    },
    arch: {
      ...computeCapability(
        'arch',
        'Export device code for cards of this compute capability alone, e.g. 9.0 or 90 (H100)',
      ),
      group: flags.GROUPS.output,
      idle: (args) => (args.export === undefined ? 'only --export leaves device code out' : undefined),
    },
  },
  examples: [
    ['$0 setup', 'Download TensorFlow (274 MB) and compile the binding to it'],
    ['$0 setup --variant gpu', 'The same for NVIDIA GPUs, with the CUDA libraries (2.1 GB)'],
    [
      '$0 setup --variant gpu --export gpu.zip',
      'All that a compute node without a network needs, there: --import gpu.zip',
    ],
    ['$0 setup --variant gpu --export h100.zip --arch 9.0', 'The same for H100s alone: 1.2 GB instead of 2.0'],
    ['$0 setup --check --json', 'What is in place, for a script'],
  ],
  run: async ({ variant, check, force, full, arch: capability, json, ...archive }, context) => {
    const { preferredVariant } = await import('../app/setup.js');
    const tasks = [check && '--check', archive.export && '--export', archive.import && '--import'].filter(Boolean);
    if (tasks.length > 1) throw new UsageError(`${tasks.join(' and ')} are different tasks: one at a time`);
    if (archive.import !== undefined) return importArchive(archive.import, json, context);
    const wanted = variant ?? (await preferredVariant(context));
    const request = { variant: wanted, force, full };
    if (archive.export !== undefined) return exportArchive(archive.export, { ...request, capability }, json, context);
    if (check) await report(wanted, json, context);
    else await setUp(request, json, context);
  },
});

/** NVIDIA writes one card's capability as 9.0 and, of code for it, as 90. */
function computeCapability<const D extends string>(flag: string, describe: D) {
  const coerce = ifPresent((value): string => {
    const [, major, minor] = /^(\d{1,2})\.?(\d)$/.exec(String(value)) ?? [];
    if (major !== undefined) return `${major}.${minor}`;
    throw new UsageError(`--${flag} must be a compute capability, e.g. 9.0, but is ${JSON.stringify(value)}`, {
      hint: 'nvidia-smi --query-gpu=compute_cap --format=csv',
    });
  });
  return { describe, type: 'string', requiresArg: true, coerce } as const;
}

async function setUp(request: SetupRequest, json: boolean, context: CommandContext): Promise<void> {
  const { setUpEngine } = await import('../app/setup.js');
  const { printJson } = await import('../ui/terminal.js');
  const started = performance.now();
  const { engine, built } = await setUpEngine(request, context);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  if (json) return printJson(context.stdout, { ...engine, built, seconds });
  const outcome = built ? `set up in ${seconds} s` : 'in place already';
  context.stdout.write(`TensorFlow ${engine.tensorflow} (${request.variant}): ${outcome}\n  ${engine.folder}\n`);
}

async function exportArchive(file: string, request: ExportRequest, json: boolean, context: CommandContext) {
  const { exportEngine } = await import('../app/setup.js');
  await told('exported to', file, await exportEngine(file, request, context), json, context);
}

async function importArchive(file: string, json: boolean, context: CommandContext) {
  const { importEngine } = await import('../app/setup.js');
  await told('imported from', file, await importEngine(file, context), json, context);
}

async function told(done: string, file: string, archived: Archived, json: boolean, { stdout }: CommandContext) {
  const { printJson } = await import('../ui/terminal.js');
  if (json) return printJson(stdout, { ...archived, file });
  const { tensorflow, variant, files, bytes } = archived;
  stdout.write(`TensorFlow ${tensorflow} (${variant}) and data: ${done} ${file}\n`);
  stdout.write(`  ${files} files, ${Math.round(bytes / 1e6)} MB\n`);
}

/** @throws EngineError when the wanted engine is not ready */
async function report(variant: Variant, json: boolean, context: CommandContext): Promise<void> {
  const { checkSetup } = await import('../app/setup.js');
  const { renderEngineStatus } = await import('../ui/setup.js');
  const { printJson, printLines, terminalLine } = await import('../ui/terminal.js');
  const { ready, cacheDir, engines } = await checkSetup(variant, context);
  if (json) {
    const documents = engines.map(({ log: _log, ...engine }) => engine);
    printJson(context.stdout, { ready, variant, cacheDir, engines: documents });
  } else {
    const width = terminalLine(context.stdout);
    printLines(
      context,
      engines.flatMap((engine) => renderEngineStatus(engine, width)),
    );
  }
  if (!ready) {
    throw new ToldError(
      new EngineError(`the ${variant} engine is not in place`, { hint: `$0 setup --variant ${variant}` }),
    );
  }
}
