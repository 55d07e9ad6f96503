import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../../errors.js';
import { isDiskFull } from '../../../files/errors.js';
import { nodeFileSystem } from '../../../files/file-system.js';
import {
  defaultEngineCache,
  engineFolder,
  findProvisioned,
  inspectProvisioned,
  keepHashes,
  type NativeEngine,
  sealEngine,
} from '../binding/engines.js';
import { probeBinding } from '../binding/probe.js';
import { compile } from './compile.js';
import { withLock } from './lock.js';
import { fetchWheel } from './pip.js';
import { preflight, requireWritable, type Tools } from './preflight.js';
import { downloadBytes, type Machine, type Recipe, recipeFor, thisMachine, type Variant } from './recipes.js';
import { bindingSources } from './sources.js';
import { clearStaging, makeStaging, syncTree } from './staging.js';
import { unpack } from './unpack.js';

export type ProvisionPhase = 'wait' | 'sources' | 'download' | 'unpack' | 'compile' | 'check' | 'pack';

export interface ProvisionProgress {
  readonly phase: ProvisionPhase;
  /** For people, e.g. `tensorflow-cpu==2.21.0`. */
  readonly what: string;
  /** Bytes; 0 of 0 where the phase cannot be measured. */
  readonly done: number;
  readonly total: number;
}

export interface ProvisionOptions {
  readonly variant: Variant;
  readonly cacheDir?: string;
  /** Builds it again even where it is in place. */
  readonly force?: boolean;
  /** The GPU engine with every library of CUDA's, also those that are never called. */
  readonly full?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly machine?: Machine;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProvisionProgress) => void;
}

export interface Provisioned {
  readonly engine: NativeEngine;
  /** False where it was in place already. */
  readonly built: boolean;
}

/**
 * Puts a native TensorFlow into the user's cache, as a whole or not at all: libraries from pinned Python wheels, and the
 * tfjs binding compiled against them. Two processes at once build once; what an interrupted one downloaded is used.
 *
 * @throws EngineError naming what is missing and what to type
 */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const { variant, cacheDir = defaultEngineCache(), env = process.env, signal, force = false } = options;
  const report = options.onProgress ?? (() => {});
  const recipe = recipeFor(variant, options.machine ?? thisMachine(), options.full);
  await clearStaging(cacheDir, false);
  if (!force) {
    const engine = await wholeEngine(cacheDir, recipe, env);
    if (engine !== undefined) return { engine, built: false };
  }
  await requireWritable(cacheDir);
  const waiting = () => report({ phase: 'wait', what: 'another process is setting the engine up', done: 0, total: 0 });
  return withLock(cacheDir, { signal, onWait: waiting }, async (waited) => {
    await clearStaging(cacheDir, true);
    if (!force || waited) {
      const engine = await wholeEngine(cacheDir, recipe, env);
      if (engine !== undefined) return { engine, built: false };
    }
    const tools = await preflight(recipe, cacheDir, env);
    let staging: string | undefined;
    try {
      staging = await makeStaging(cacheDir);
      const folder = join(staging, 'engine');
      await build({ recipe, tools, folder, cacheDir, env, signal, report });
      await syncTree(folder);
      const place = engineFolder(cacheDir, recipe);
      await rm(place, { recursive: true, force: true });
      await rename(folder, place);
      await nodeFileSystem.syncFolder(cacheDir);
    } catch (error) {
      // What fails because it was stopped counts as stopped.
      signal?.throwIfAborted();
      throw readable(error, cacheDir);
    } finally {
      if (staging !== undefined) await rm(staging, { recursive: true, force: true });
    }
    await rm(join(cacheDir, 'downloads'), { recursive: true, force: true });
    const engine = await findProvisioned(cacheDir, recipe);
    if (engine === undefined) throw new EngineError(`the engine just built in ${cacheDir} is not there any more`);
    return { engine, built: true };
  });
}

interface Build {
  readonly recipe: Recipe;
  readonly tools: Tools;
  readonly folder: string;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  readonly report: (progress: ProvisionProgress) => void;
}

async function build({ recipe, tools, folder, cacheDir, env, signal, report }: Build): Promise<void> {
  await mkdir(folder);
  report({ phase: 'sources', what: 'binding sources', done: 0, total: 0 });
  const sources = await bindingSources(join(folder, 'npm'), env, signal);

  const downloads = join(cacheDir, 'downloads');
  const total = downloadBytes(recipe);
  const files: string[] = [];
  let before = 0;
  for (const wheel of recipe.wheels) {
    const onBytes = (bytes: number) =>
      report({
        phase: 'download',
        what: wheel.requirement,
        done: before + Math.min(bytes, wheel.bytes),
        total,
      });
    files.push(await fetchWheel({ pip: tools.pip, wheel, downloads, env, signal, onBytes }));
    before += wheel.bytes;
  }

  let unpacked = 0;
  for (const [i, wheel] of recipe.wheels.entries()) {
    const onBytes = (bytes: number) => {
      unpacked += bytes;
      const done = Math.min(unpacked, recipe.unpackedBytes);
      report({ phase: 'unpack', what: wheel.requirement, done, total: recipe.unpackedBytes });
    };
    await unpack(files[i] ?? '', wheel.keep, folder, onBytes, signal);
  }

  report({ phase: 'compile', what: 'binding', done: 0, total: 0 });
  const { standIns } = recipe;
  await compile({ compiler: tools.compiler, sources, folder, standIns, env, signal });
  await rm(join(folder, 'npm'), { recursive: true, force: true });
  await rm(join(folder, 'tensorflow', 'include'), { recursive: true, force: true });

  report({ phase: 'check', what: 'loading it', done: 0, total: 0 });
  const probe = await probeBinding(join(folder, 'tfjs_binding.node'), env);
  if (!probe.loads) {
    throw new EngineError(`the engine that was built does not load: ${probe.reason}`, {
      hint: '$0 gpu-info says what this machine lacks; --device wasm works meanwhile.',
    });
  }
  await sealEngine(folder, recipe, tools.compiler);
}

/** The engine that is in place, where every file of it is what was built. One from before hashes were kept must load. */
async function wholeEngine(
  cacheDir: string,
  recipe: Recipe,
  env: NodeJS.ProcessEnv,
): Promise<NativeEngine | undefined> {
  const { engine, unhashed } = await inspectProvisioned(cacheDir, recipe, true);
  // What was asked for in full is not there where something in it is a stand-in.
  if (engine?.standIns.some((file) => !recipe.standIns.includes(file))) return undefined;
  if (engine === undefined || !unhashed) return engine;
  if (!(await probeBinding(engine.binding, env)).loads) return undefined;
  await keepHashes(engine.folder).catch(() => {});
  return engine;
}

function readable(error: unknown, cacheDir: string): unknown {
  if (!isDiskFull(error)) return error;
  return new EngineError(`no space is left on the disk of ${cacheDir}`, {
    hint: 'Free some and try again with: $0 setup. XDG_CACHE_HOME names another disk.',
    cause: error,
  });
}
