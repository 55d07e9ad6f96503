import { type Machine, type Recipe, recipeFor, VARIANTS, type Variant } from '../provision/recipes.js';
import { engineFolder, inspectProvisioned, type NativeEngine } from './engines.js';
import { officialBindings } from './official.js';
import { type Probe, probeBinding } from './probe.js';
import { distrust, ENGINE_FILES } from './trust.js';

/** One way to a native TensorFlow, and how it stands. */
export interface EngineStatus {
  readonly source: NativeEngine['source'];
  readonly variant: Variant;
  /** `ready`: loads. `broken`: is there and does not load. `absent`: not there. `impossible`: never on this machine. */
  readonly state: 'ready' | 'broken' | 'absent' | 'impossible';
  readonly folder: string | undefined;
  readonly binding: string | undefined;
  readonly tensorflow: string | undefined;
  /** Whether TensorFlow found a GPU that it can use. */
  readonly seesGpu: boolean;
  /** Why it is not ready. */
  readonly reason: string | undefined;
  /** What TensorFlow logged while loading. */
  readonly log: string;
}

/** Every native engine that is or could be on this machine; those that are there are loaded, each in its own process. */
export async function checkEngines(
  cacheDir: string,
  env: NodeJS.ProcessEnv,
  machine: Machine,
): Promise<EngineStatus[]> {
  const statuses: EngineStatus[] = [];
  for (const variant of VARIANTS) statuses.push(await checkProvisioned(variant, cacheDir, env, machine));
  for (const { name, variant, folder, binding } of await officialBindings()) {
    const absent = {
      source: 'official',
      variant,
      folder,
      binding,
      tensorflow: undefined,
      seesGpu: false,
      log: '',
    } as const;
    const reason = `${name} is installed, but its installer brought no binding`;
    if (binding === undefined) statuses.push({ ...absent, state: 'broken', reason });
    else statuses.push({ ...absent, ...stateOf(await probeBinding(binding, env)) });
  }
  return statuses;
}

async function checkProvisioned(
  variant: Variant,
  cacheDir: string,
  env: NodeJS.ProcessEnv,
  machine: Machine,
): Promise<EngineStatus> {
  const nothing = {
    source: 'provisioned',
    variant,
    folder: undefined,
    binding: undefined,
    tensorflow: undefined,
    seesGpu: false,
    log: '',
  } as const;
  let recipe: Recipe;
  try {
    recipe = recipeFor(variant, machine);
  } catch (error) {
    return { ...nothing, state: 'impossible', reason: error instanceof Error ? error.message : String(error) };
  }
  const { engine, damaged } = await inspectProvisioned(cacheDir, recipe, true);
  if (engine === undefined) {
    if (damaged.length === 0) return { ...nothing, state: 'absent', reason: 'it is not set up' };
    const damagedFolder = engineFolder(cacheDir, recipe);
    return {
      ...nothing,
      folder: damagedFolder,
      state: 'broken',
      reason: `missing or damaged: ${damaged.join(', ')}`,
    };
  }
  const { folder, tensorflow, binding } = engine;
  const reason = distrust(folder, ENGINE_FILES);
  if (reason !== undefined) return { ...nothing, folder, binding, state: 'broken', reason: `not loaded: ${reason}` };
  return { ...nothing, folder, binding, tensorflow, ...stateOf(await probeBinding(engine.binding, env)) };
}

function stateOf(probe: Probe): Pick<EngineStatus, 'state' | 'seesGpu' | 'reason' | 'log'> & { tensorflow?: string } {
  if (!probe.loads) return { state: 'broken', seesGpu: false, reason: probe.reason, log: probe.log };
  return { state: 'ready', tensorflow: probe.tensorflow, seesGpu: probe.gpu, reason: undefined, log: probe.log };
}
