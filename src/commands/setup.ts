import { interruptible } from '../app/interrupt.js';
import type { EngineStatus } from '../engine/native/binding/check.js';
import type { Variant } from '../engine/native/provision/recipes.js';
import { EngineError } from '../errors.js';
import { defineCommand } from '../flags/command.js';
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
    force: { ...switched('Build it again even where it is in place'), group: flags.GROUPS.engine },
  },
  examples: [
    ['$0 setup', 'Download TensorFlow (274 MB) and compile the binding to it'],
    ['$0 setup --variant gpu', 'The same for NVIDIA GPUs, with the CUDA libraries (3.4 GB)'],
    ['$0 setup --check --json', 'What is in place, for a script'],
  ],
  run: async ({ variant, check, force, json }) => {
    const wanted = variant ?? (await preferredVariant());
    if (check) await report(wanted, json);
    else await build(wanted, force, json);
  },
});

async function preferredVariant(): Promise<Variant> {
  const { queryNvidia } = await import('../engine/native/diagnose/nvidia.js');
  return (await queryNvidia(process.env)).status === 'ok' ? 'gpu' : 'cpu';
}

async function build(variant: Variant, force: boolean, json: boolean): Promise<void> {
  const { provision } = await import('../engine/native/provision/provision.js');
  const { engineProgress } = await import('../ui/engine-progress.js');
  const view = engineProgress(process.stderr, process.env);
  const { signal, done } = interruptible('the setup was stopped; what was downloaded is kept for the next', view.close);
  const started = performance.now();
  try {
    const { engine, built } = await provision({
      variant,
      force,
      onProgress: view.onProgress,
      signal,
    });
    view.close();
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    if (json) process.stdout.write(`${JSON.stringify({ ...engine, built, seconds })}\n`);
    else {
      const outcome = built ? `set up in ${seconds} s` : 'in place already';
      process.stdout.write(`TensorFlow ${engine.tensorflow} (${variant}): ${outcome}\n  ${engine.folder}\n`);
    }
  } finally {
    done();
    view.close();
  }
}

/** @throws EngineError when the wanted engine is not ready */
async function report(variant: Variant, json: boolean): Promise<void> {
  const { checkEngines } = await import('../engine/native/binding/check.js');
  const { defaultEngineCache } = await import('../engine/native/binding/engines.js');
  const { thisMachine } = await import('../engine/native/provision/recipes.js');
  const cacheDir = defaultEngineCache();
  const engines = await checkEngines(cacheDir, process.env, thisMachine());
  const ready = engines.some((engine) => engine.state === 'ready' && serves(engine, variant));
  if (json) {
    const documents = engines.map(({ log: _log, ...engine }) => engine);
    process.stdout.write(`${JSON.stringify({ ready, variant, cacheDir, engines: documents })}\n`);
  } else {
    for (const engine of engines) process.stdout.write(`${line(engine)}\n`);
  }
  if (!ready) {
    throw new EngineError(`the ${variant} engine is not in place`, { hint: `fmnist setup --variant ${variant}` });
  }
}

/** Every engine computes on the CPU; the stock one on a GPU only where it sees one. */
function serves({ source, variant, seesGpu }: EngineStatus, wanted: Variant): boolean {
  if (wanted === 'cpu') return true;
  return variant === 'gpu' && (source === 'provisioned' || seesGpu);
}

function line({ source, variant, state, tensorflow, folder, reason, seesGpu }: EngineStatus): string {
  const name = `${source === 'official' ? 'tfjs-node' : 'fmnist'} ${variant}`.padEnd(14);
  if (state !== 'ready') return `${name} ${state}: ${reason}`;
  return `${name} ready: TensorFlow ${tensorflow}${seesGpu ? ', sees a GPU' : ''} in ${folder}`;
}
