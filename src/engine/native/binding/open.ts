import { EngineError } from '../../../errors.js';
import type { EngineInfo, Precision } from '../../engine.js';
import { driverProblem } from '../diagnose/known-problems.js';
import { noGpuReason } from '../diagnose/no-gpu.js';
import { NO_NVIDIA_GPU, queryNvidia } from '../diagnose/nvidia.js';
import { type ChosenGpu, chooseGpu } from '../diagnose/visible-gpu.js';
import { type ProvisionProgress, provision } from '../provision/provision.js';
import { recipeFor, thisMachine, type Variant } from '../provision/recipes.js';
import type { TensorFlowBinding } from './binding.js';
import { cpuFeatures } from './cpu.js';
import { defaultEngineCache, findProvisioned, type NativeEngine } from './engines.js';
import { loadBinding, loadedEngine } from './load.js';
import { findOfficial } from './official.js';

export interface NativeOptions {
  readonly cacheDir?: string | undefined;
  readonly threads?: number | undefined;
  /** Which of the visible GPUs, from 0. */
  readonly gpu?: number | undefined;
  /** On a GPU: the same seed gives the same bytes, at some cost; true by default. */
  readonly deterministic?: boolean | undefined;
  /** On a GPU float32 means float32: its tensor cores' shorter TF32 is a precision of its own. */
  readonly precision?: Precision | undefined;
  /** Nothing is downloaded: only engines that are in place are used. */
  readonly offline?: boolean | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProvisionProgress) => void) | undefined;
}

export interface OpenedNative {
  readonly binding: TensorFlowBinding;
  readonly info: EngineInfo;
}

/**
 * Native TensorFlow on the CPU: a provisioned engine, which somebody asked for and which is the newest and fastest;
 * else the prebuilt one of tfjs-node; else one is provisioned.
 * @throws EngineError when there is none and none can be set up
 */
export async function openNativeCpu(options: NativeOptions): Promise<OpenedNative> {
  const cpu = await cpuFeatures();
  const threads = options.threads ?? cpu.threads;
  const engine = loadedEngine() ?? (await cpuEngine(options));
  const binding = loadBinding(engine, { threads });
  return { binding, info: infoOf(binding, 'cpu', cpu.model, threads) };
}

async function cpuEngine(options: NativeOptions): Promise<NativeEngine> {
  const cacheDir = options.cacheDir ?? defaultEngineCache();
  for (const variant of ['cpu', 'gpu'] as const) {
    const engine = await provisioned(variant, cacheDir);
    if (engine !== undefined) return engine;
  }
  return (await findOfficial(options.env))?.engine ?? (await setUp('cpu', cacheDir, options));
}

/**
 * Native TensorFlow on an NVIDIA GPU.
 * @throws EngineError saying why there is none: no card, no driver, hidden, no engine, or libraries that do not load
 */
export async function openNativeGpu(options: NativeOptions): Promise<OpenedNative> {
  const { deterministic = true, precision } = options;
  const { gpu, visible } = await visibleGpu(options);
  const engine = loadedEngine() ?? (await gpuEngine(options));
  const { threads } = await cpuFeatures();
  const tf32 = precision === 'tf32';
  const binding = loadBinding(engine, { threads: options.threads, gpu: { visible, deterministic, tf32 } });
  if (!binding.isUsingGpuDevice()) {
    const { reason, fix } = await noGpuReason(engine, options.env);
    throw new EngineError(`TensorFlow does not use the ${gpu.name}: ${reason}`, { hint: fix });
  }
  const info = infoOf(binding, 'gpu', gpu.name, options.threads ?? threads);
  return { binding, info: { ...info, deterministic } };
}

async function gpuEngine(options: NativeOptions): Promise<NativeEngine> {
  const cacheDir = options.cacheDir ?? defaultEngineCache();
  const engine = await provisioned('gpu', cacheDir);
  if (engine !== undefined) return engine;
  const official = await findOfficial(options.env);
  if (official?.probe.loads && official.probe.gpu) return official.engine;
  return setUp('gpu', cacheDir, options);
}

async function visibleGpu({ env, gpu }: NativeOptions): Promise<ChosenGpu> {
  const nvidia = await queryNvidia(env);
  const visibleDevices = env.CUDA_VISIBLE_DEVICES;
  const problem = driverProblem({ nvidia, visibleDevices });
  if (problem !== undefined) throw new EngineError(problem.message, { hint: problem.fix });
  if (nvidia.status !== 'ok') {
    throw new EngineError(NO_NVIDIA_GPU, { hint: '$0 gpu-info shows what this machine has.' });
  }
  return chooseGpu(nvidia.gpus, visibleDevices, gpu);
}

async function provisioned(variant: Variant, cacheDir: string): Promise<NativeEngine | undefined> {
  const machine = thisMachine();
  try {
    return await findProvisioned(cacheDir, recipeFor(variant, machine));
  } catch {
    // No such build for this machine, so there is none in the cache either.
    return undefined;
  }
}

async function setUp(variant: Variant, cacheDir: string, options: NativeOptions): Promise<NativeEngine> {
  const { env, signal, onProgress, offline } = options;
  recipeFor(variant, thisMachine());
  if (offline === true) {
    throw new EngineError(
      `the native ${variant.toUpperCase()} engine is not set up, and --offline forbids downloading it`,
      {
        hint: `Once, with a network: $0 setup --variant ${variant}`,
      },
    );
  }
  const settings = { variant, cacheDir, env, ...(signal && { signal }), ...(onProgress && { onProgress }) };
  return (await provision(settings)).engine;
}

function infoOf(binding: TensorFlowBinding, device: 'cpu' | 'gpu', deviceName: string, threads: number): EngineInfo {
  return { kind: 'native', name: `TensorFlow ${binding.TF_Version}`, device, deviceName, threads };
}
