import type { Context } from '../context.js';
import { checkEngines, type EngineStatus } from '../engine/native/binding/check.js';
import { defaultEngineCache } from '../engine/native/binding/engines.js';
import { queryNvidia } from '../engine/native/diagnose/nvidia.js';
import {
  type Archived,
  type ArchiveOptions,
  exportArchive,
  importArchive,
} from '../engine/native/provision/archive.js';
import { type Provisioned, provision } from '../engine/native/provision/provision.js';
import { thisMachine, type Variant } from '../engine/native/provision/recipes.js';
import { interruptible } from './interruptible.js';

/** What this machine has a use for. */
export async function preferredVariant({ env }: Context): Promise<Variant> {
  return (await queryNvidia(env)).status === 'ok' ? 'gpu' : 'cpu';
}

export interface SetupRequest {
  readonly variant: Variant;
  /** Builds it again even where it is in place. */
  readonly force: boolean;
  /** The GPU engine with every library of CUDA's. */
  readonly full: boolean;
}

export interface ExportRequest extends SetupRequest {
  /** The compute capability of the only card that it is for, e.g. `9.0`. */
  readonly capability: string | undefined;
}

/**
 * Puts native TensorFlow into the user's cache. What was downloaded by a setup that is stopped is kept for the next.
 *
 * @throws EngineError, InterruptedError
 */
export async function setUpEngine(
  { variant, force, full }: SetupRequest,
  { env, interrupts, progress }: Context,
): Promise<Provisioned> {
  const view = await progress.engine();
  const stopped = 'the setup was stopped; what was downloaded is kept for the next';
  return interruptible(interrupts, { stopped, view }, (signal, onProgress) =>
    provision({ variant, force, full, env, signal, onProgress }),
  );
}

/**
 * Writes the engine, set up first where it is not in place, and the data in the cache as one file.
 *
 * @throws EngineError, DataError, InterruptedError
 */
export async function exportEngine(file: string, request: ExportRequest, context: Context): Promise<Archived> {
  const { engine } = await setUpEngine(request, context);
  return archiving(context, 'the export was stopped; nothing was written', (options) =>
    exportArchive(file, engine, options, request.capability),
  );
}

/**
 * Puts what was exported elsewhere into the cache.
 *
 * @throws DataError for an archive that cannot be used here; EngineError, InterruptedError
 */
export function importEngine(file: string, context: Context): Promise<Archived> {
  return archiving(context, 'the import was stopped; nothing was put in place', (options) =>
    importArchive(file, options),
  );
}

async function archiving(
  { env, interrupts, progress }: Context,
  stopped: string,
  work: (options: ArchiveOptions) => Promise<Archived>,
): Promise<Archived> {
  const view = await progress.engine();
  return interruptible(interrupts, { stopped, view }, (signal, onProgress) =>
    work({ machine: thisMachine(), env, signal, onProgress }),
  );
}

/** What is in place. */
export interface EngineCheck {
  /** Whether one of them serves the wanted variant. */
  readonly ready: boolean;
  readonly cacheDir: string;
  readonly engines: readonly EngineStatus[];
}

export async function checkSetup(variant: Variant, { env }: Context): Promise<EngineCheck> {
  const cacheDir = defaultEngineCache();
  const engines = await checkEngines(cacheDir, env, thisMachine());
  return { ready: engines.some((engine) => engine.state === 'ready' && serves(engine, variant)), cacheDir, engines };
}

/** Every engine computes on the CPU; the stock one on a GPU only where it sees one. */
function serves({ source, variant, seesGpu }: EngineStatus, wanted: Variant): boolean {
  if (wanted === 'cpu') return true;
  return variant === 'gpu' && (source === 'provisioned' || seesGpu);
}
