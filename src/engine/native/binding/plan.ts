import { AbsentDeviceError, EngineError } from '../../../errors.js';
import type { Facts } from '../diagnose/diagnose.js';
import { gpuProblem } from '../diagnose/known-problems.js';
import { DRIVER_LIBRARY, missingLibraries } from '../diagnose/libraries.js';
import { NO_NVIDIA_GPU, type NvidiaGpu, queryNvidia } from '../diagnose/nvidia.js';
import { type ChosenGpu, chooseGpu } from '../diagnose/visible-gpu.js';
import { preflight } from '../provision/preflight.js';
import { recipeFor, thisMachine, type Variant } from '../provision/recipes.js';
import { defaultEngineCache, findProvisioned, type NativeEngine } from './engines.js';
import { findOfficial } from './official.js';

export interface PlanOptions {
  readonly cacheDir?: string | undefined;
  /** Nothing is downloaded: only engines that are in place are used. */
  readonly offline?: boolean | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** How a device comes to its TensorFlow: by an engine that is there, or by one that can be set up here. */
export type EnginePlan = { readonly engine: NativeEngine } | { readonly setUp: Variant };

/**
 * A provisioned engine, which somebody asked for and which is the newest and fastest; else the prebuilt one of tfjs-node;
 * else one is to be set up. What trains carries this out, and gpu-info tells it: nothing is loaded, fetched or written.
 *
 * @throws EngineError where there is none and none can be set up
 */
export async function planCpu(options: PlanOptions): Promise<EnginePlan> {
  for (const variant of ['cpu', 'gpu'] as const) {
    const engine = await provisioned(variant, options);
    if (engine !== undefined) return { engine };
  }
  const official = await findOfficial(options.env);
  return official === undefined ? planSetUp('cpu', options) : { engine: official.engine };
}

/**
 * The GPU, and the same for it.
 *
 * @param wanted its number
 * @throws EngineError saying why there is none: no card, no driver, hidden, too old, or no engine
 */
export async function planGpu(options: PlanOptions, wanted?: number): Promise<EnginePlan & { readonly on: ChosenGpu }> {
  const on = await visibleGpu(options.env, wanted);
  const engine = await provisioned('gpu', options);
  if (engine !== undefined) {
    requireCode(engine, on.gpu);
    return { on, engine };
  }
  const official = await findOfficial(options.env);
  if (official?.probe.loads && official.probe.gpu) return { on, engine: official.engine };
  return { on, ...(await planSetUp('gpu', options)) };
}

/** Of a card that does not tell its capability nothing is known. */
function requireCode({ capability }: NativeEngine, { name, computeCapability }: NvidiaGpu): void {
  if (capability === undefined || computeCapability === undefined || capability === computeCapability) return;
  throw new EngineError(
    `the GPU engine in place has code for compute capability ${capability} alone, and the ${name} has ${computeCapability}`,
    { hint: 'Import an archive for this card, or: $0 setup --variant gpu --force' },
  );
}

async function visibleGpu(env: NodeJS.ProcessEnv, wanted: number | undefined): Promise<ChosenGpu> {
  const nvidia = await queryNvidia(env);
  const visibleDevices = env.CUDA_VISIBLE_DEVICES;
  // A number that no card has is told first: it is wrong whatever the driver is like.
  if (nvidia.status === 'ok' && wanted !== undefined) chooseGpu(nvidia.gpus, visibleDevices, wanted);
  const driverLibrary =
    nvidia.status !== 'ok' || (await missingLibraries([DRIVER_LIBRARY], undefined, env)).length === 0;
  const facts: Pick<Facts, 'nvidia' | 'visibleDevices' | 'driverLibrary'> = { nvidia, visibleDevices, driverLibrary };
  const problem = gpuProblem(facts);
  if (problem !== undefined) throw new EngineError(problem.message, { hint: problem.fix });
  if (nvidia.status !== 'ok') {
    throw new AbsentDeviceError(NO_NVIDIA_GPU, { hint: 'See what this machine has: $0 gpu-info' });
  }
  return chooseGpu(nvidia.gpus, visibleDevices, wanted);
}

async function provisioned(variant: Variant, { cacheDir = defaultEngineCache() }: PlanOptions) {
  const machine = thisMachine();
  try {
    return await findProvisioned(cacheDir, recipeFor(variant, machine));
  } catch {
    // No such build for this machine, so there is none in the cache either.
    return undefined;
  }
}

async function planSetUp(
  variant: Variant,
  { cacheDir = defaultEngineCache(), env, offline }: PlanOptions,
): Promise<{ readonly setUp: Variant }> {
  const recipe = recipeFor(variant, thisMachine());
  if (offline === true) {
    throw new EngineError(
      `the native ${variant.toUpperCase()} engine is not set up, and --offline forbids downloading it`,
      { hint: `Once, with a network: $0 setup --variant ${variant}` },
    );
  }
  await preflight(recipe, cacheDir, env);
  return { setUp: variant };
}
