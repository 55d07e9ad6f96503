import { EngineError } from '../../../errors.js';
import type { EngineInfo, Precision } from '../../engine.js';
import { noGpuReason } from '../diagnose/no-gpu.js';
import { type ProvisionProgress, provision } from '../provision/provision.js';
import type { TensorFlowBinding } from './binding.js';
import { cpuFeatures } from './cpu.js';
import type { NativeEngine } from './engines.js';
import { loadBinding, loadedEngine } from './load.js';
import { type EnginePlan, type PlanOptions, planCpu, planGpu } from './plan.js';

export interface NativeOptions extends PlanOptions {
  readonly threads?: number | undefined;
  /** On a CPU memory counts more than the time to allocate it, as where the state is gigabytes; false by default. */
  readonly releaseMemory?: boolean | undefined;
  /** Which of the visible GPUs, from 0. */
  readonly gpu?: number | undefined;
  /** On a GPU: the same seed gives the same bytes, at some cost; true by default. */
  readonly deterministic?: boolean | undefined;
  /** XLA compiles the training steps; false by default. */
  readonly jitCompile?: boolean | undefined;
  /** On a GPU float32 means float32: its tensor cores' shorter TF32 is a precision of its own. */
  readonly precision?: Precision | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProvisionProgress) => void) | undefined;
}

export interface OpenedNative {
  readonly binding: TensorFlowBinding;
  readonly info: EngineInfo;
}

/**
 * Native TensorFlow on the CPU.
 * @throws EngineError when there is none and none can be set up
 */
export async function openNativeCpu(options: NativeOptions): Promise<OpenedNative> {
  const cpu = await cpuFeatures();
  const threads = options.threads ?? cpu.threads;
  const engine = loadedEngine() ?? (await engineOf(await planCpu(options), options));
  const binding = loadBinding(engine, { threads, releaseMemory: options.releaseMemory });
  return { binding, info: { ...infoOf(binding, 'cpu', cpu.model, threads), ...compiled(options) } };
}

/**
 * Native TensorFlow on an NVIDIA GPU.
 * @throws EngineError saying why there is none: no card, no driver, hidden, no engine, or libraries that do not load
 */
export async function openNativeGpu(options: NativeOptions): Promise<OpenedNative> {
  const { deterministic = true, precision } = options;
  const plan = await planGpu(options, options.gpu);
  const { gpu, visible } = plan.on;
  const engine = loadedEngine() ?? (await engineOf(plan, options));
  const { threads } = await cpuFeatures();
  const tf32 = precision === 'tf32';
  const binding = loadBinding(engine, { threads: options.threads, gpu: { visible, deterministic, tf32 } });
  if (!binding.isUsingGpuDevice()) {
    const { reason, fix } = await noGpuReason(engine, options.env);
    throw new EngineError(`TensorFlow does not use the ${gpu.name}: ${reason}`, { hint: fix });
  }
  const info = infoOf(binding, 'gpu', gpu.name, options.threads ?? threads);
  return { binding, info: { ...info, gpu: visible, deterministic, ...compiled(options) } };
}

async function engineOf(plan: EnginePlan, { cacheDir, env, signal, onProgress }: NativeOptions): Promise<NativeEngine> {
  if ('engine' in plan) return plan.engine;
  const places = { variant: plan.setUp, env, ...(cacheDir !== undefined && { cacheDir }) };
  return (await provision({ ...places, ...(signal && { signal }), ...(onProgress && { onProgress }) })).engine;
}

/** Records of runs that are not compiled stay as they were. */
function compiled({ jitCompile = false }: NativeOptions): Pick<EngineInfo, 'jitCompile'> {
  return jitCompile ? { jitCompile } : {};
}

function infoOf(binding: TensorFlowBinding, device: 'cpu' | 'gpu', deviceName: string, threads: number): EngineInfo {
  return { kind: 'native', name: `TensorFlow ${binding.TF_Version}`, device, deviceName, threads };
}
