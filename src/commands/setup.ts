import type { SetupRequest } from '../app/setup.js';
import type { CommandContext } from '../context.js';
import type { Variant } from '../engine/native/provision/recipes.js';
import { EngineError } from '../errors.js';
import { defineCommand, ToldError } from '../flags/command.js';
import { oneOf, switched } from '../flags/define.js';
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
    full: {
      ...switched('The GPU engine with the CUDA libraries that nothing here calls, too (3.4 GB instead of 2.1)'),
      group: flags.GROUPS.engine,
      idle: ({ variant }) => (variant === 'cpu' ? 'the CPU engine is always whole' : undefined),
    },
  },
  examples: [
    ['$0 setup', 'Download TensorFlow (274 MB) and compile the binding to it'],
    ['$0 setup --variant gpu', 'The same for NVIDIA GPUs, with the CUDA libraries (2.1 GB)'],
    ['$0 setup --check --json', 'What is in place, for a script'],
  ],
  run: async ({ variant, check, force, full, json }, context) => {
    const { preferredVariant } = await import('../app/setup.js');
    const wanted = variant ?? (await preferredVariant(context));
    if (check) await report(wanted, json, context);
    else await setUp({ variant: wanted, force, full }, json, context);
  },
});

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

/** @throws EngineError when the wanted engine is not ready */
async function report(variant: Variant, json: boolean, context: CommandContext): Promise<void> {
  const { checkSetup } = await import('../app/setup.js');
  const { renderEngineStatus } = await import('../ui/setup.js');
  const { printJson } = await import('../ui/terminal.js');
  const { ready, cacheDir, engines } = await checkSetup(variant, context);
  if (json) {
    const documents = engines.map(({ log: _log, ...engine }) => engine);
    printJson(context.stdout, { ready, variant, cacheDir, engines: documents });
  } else {
    for (const engine of engines) context.stdout.write(`${renderEngineStatus(engine)}\n`);
  }
  if (!ready) {
    throw new ToldError(
      new EngineError(`the ${variant} engine is not in place`, { hint: `$0 setup --variant ${variant}` }),
    );
  }
}
