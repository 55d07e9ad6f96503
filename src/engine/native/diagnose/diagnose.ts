import { checkEngines, type EngineStatus } from '../binding/check.js';
import { type CpuFeatures, cpuFeatures } from '../binding/cpu.js';
import { defaultEngineCache } from '../binding/engines.js';
import { type OfficialBinding, officialBindings } from '../binding/official.js';
import { type Machine, thisMachine } from '../provision/recipes.js';
import { CUDA_LIBRARIES, DRIVER_LIBRARY, missingLibraries, unresolvedLibraries } from './libraries.js';
import { type Nvidia, queryNvidia } from './nvidia.js';
import { queryWebGpu, type WebGpu } from './webgpu.js';

/** An engine with the libraries that it would not find. */
export interface DiagnosedEngine extends EngineStatus {
  readonly missingLibraries: readonly string[];
}

/** The facts about a machine that decide what can train on it. */
export interface Facts {
  readonly machine: Machine;
  /** Node's version, e.g. `20.20.2`. */
  readonly node: string;
  readonly cpu: CpuFeatures;
  readonly nvidia: Nvidia;
  /** Whether the driver's own library is found. */
  readonly driverLibrary: boolean;
  readonly visibleDevices: string | undefined;
  readonly engines: readonly DiagnosedEngine[];
  readonly packages: readonly OfficialBinding[];
  readonly webgpu: WebGpu;
  /** Whether this is inside a container, as far as that can be seen. */
  readonly container: boolean;
}

export interface DiagnoseOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cacheDir?: string;
  readonly machine?: Machine;
}

/** Looks at everything; downloads and changes nothing. */
export async function diagnose({ env, cacheDir, machine = thisMachine() }: DiagnoseOptions): Promise<Facts> {
  const { existsSync } = await import('node:fs');
  const [cpu, nvidia, statuses, packages, webgpu, driver] = await Promise.all([
    cpuFeatures(),
    queryNvidia(env),
    checkEngines(cacheDir ?? defaultEngineCache(), env, machine),
    officialBindings(),
    queryWebGpu(env),
    missingLibraries([DRIVER_LIBRARY], undefined, env),
  ]);
  const engines = await Promise.all(
    statuses.map(async (status) => ({ ...status, missingLibraries: await findMissingLibraries(status, env) })),
  );
  return {
    machine,
    node: process.versions.node,
    cpu,
    nvidia,
    driverLibrary: driver.length === 0,
    visibleDevices: env.CUDA_VISIBLE_DEVICES,
    engines,
    packages,
    webgpu,
    container: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
  };
}

async function findMissingLibraries(
  { folder, source, variant, state, binding }: EngineStatus,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  // A package whose installer failed lacks everything: its libraries are not the news.
  if (folder === undefined || (source === 'official' && binding === undefined)) return [];
  const linked = state === 'broken' && binding !== undefined ? await unresolvedLibraries(binding, env) : [];
  const opened = variant === 'gpu' ? await missingLibraries(CUDA_LIBRARIES[source], folder, env) : [];
  return [...new Set([...linked, ...opened])];
}
