import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EngineError, OutOfMemoryError } from '../../../errors.js';
import type { TensorFlowBinding } from './binding.js';
import type { NativeEngine } from './engines.js';
import { marked } from './load-mark.js';
import { distrust, ENGINE_FILES } from './trust.js';

export interface LoadOptions {
  /** Threads that share one operation, and operations at once. TensorFlow chooses by default. */
  readonly threads?: number | undefined;
  /**
   * What a step took goes back to the system after it. TensorFlow's pool keeps it, and a thirty-second of all it ever
   * held for its tables besides; but it is faster: small steps take up to a quarter longer without.
   */
  readonly releaseMemory?: boolean | undefined;
  /** Left out, every GPU is hidden from TensorFlow. */
  readonly gpu?: GpuOptions;
}

export interface GpuOptions {
  /** The one GPU that TensorFlow sees, as `CUDA_VISIBLE_DEVICES` names it. */
  readonly visible: string;
  readonly deterministic: boolean;
  /** Whether float32 products may be rounded to TF32, 10 bits of mantissa. */
  readonly tf32: boolean;
}

const require = createRequire(import.meta.url);
let loaded: { readonly engine: NativeEngine; readonly binding: TensorFlowBinding } | undefined;

/** The engine that this process has loaded, if any. */
export function loadedEngine(): NativeEngine | undefined {
  return loaded?.engine;
}

/**
 * Loads TensorFlow into this process, where it stays: the settings of the first call hold until the process ends.
 * What it logs while loading is dropped unless the user asks for it with `TF_CPP_MIN_LOG_LEVEL`.
 *
 * @throws EngineError when the library does not load, or when another engine is loaded already
 */
export function loadBinding(
  engine: NativeEngine,
  { threads, releaseMemory = false, gpu }: LoadOptions = {},
): TensorFlowBinding {
  if (loaded !== undefined) {
    if (loaded.engine.binding === engine.binding) return loaded.binding;
    throw new EngineError(`one process holds one TensorFlow, and ${loaded.engine.binding} is loaded already`);
  }
  if (engine.source === 'provisioned') requireTrust(engine.folder);
  const talkative = process.env.TF_CPP_MIN_LOG_LEVEL !== undefined;
  // The library reads the process' own environment, once: nothing but `process.env` reaches it.
  if (!talkative) process.env.TF_CPP_MIN_LOG_LEVEL = '3';
  const { env } = process;
  Object.assign(env, gpu === undefined ? cpuEnvironment(engine, env) : gpuEnvironment(gpu, engine, env));
  if (threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads);
    process.env.TF_NUM_INTEROP_THREADS = String(threads);
  }
  if (releaseMemory) process.env.TF_ONEDNN_USE_SYSTEM_ALLOCATOR ??= '1';
  try {
    const load = () => requireBinding(engine.binding);
    const loudly = () => (talkative ? load() : quietly(engine, load));
    const binding = engine.source === 'provisioned' ? marked(engine.folder, loudly) : loudly();
    loaded = { engine, binding };
    return binding;
  } catch (cause) {
    const [line = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
    if (/cannot allocate memory|failed to map segment/i.test(line)) throw tooLittleMemory(line, cause);
    throw new EngineError(`native TensorFlow in ${engine.folder} does not load: ${line}`, {
      hint: engine.source === 'provisioned' ? 'Build it again: $0 setup --force' : 'Build one that does: $0 setup',
      cause,
    });
  }
}

/** What the loader says where the process may take no more (`ulimit -v`): nothing is wrong with the engine. */
function tooLittleMemory(line: string, cause: unknown): OutOfMemoryError {
  return new OutOfMemoryError(`there is not enough memory to load native TensorFlow: ${line}`, {
    hint: 'Raise the limit (ulimit -v), or free memory; --device wasm takes less.',
    cause,
  });
}

/** Native code can do whatever this user can: it must be nobody else's to change. */
function requireTrust(folder: string): void {
  const reason = distrust(folder, ENGINE_FILES);
  if (reason === undefined) return;
  throw new EngineError(`native TensorFlow in ${folder} is not loaded: ${reason}`, {
    hint: 'Make it yours (chown -R, chmod -R o-w), or name a cache of your own with XDG_CACHE_HOME.',
  });
}

/**
 * What TensorFlow reads once, while it is loaded. XLA's loops that read the same arrays become one, as is not its rule on a
 * CPU: an update passes over weight, slots and gradient once.
 */
function cpuEnvironment({ source }: Pick<NativeEngine, 'source'>, env: NodeJS.ProcessEnv): Record<string, string> {
  return {
    CUDA_VISIBLE_DEVICES: '-1',
    ...xlaFlags(source, ['--xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true'], env),
  };
}

/** Beside the user's own, which win. Another XLA than ours may not know them, and would end the process. */
function xlaFlags(source: NativeEngine['source'], flags: readonly string[], env: NodeJS.ProcessEnv) {
  return source === 'provisioned' && { XLA_FLAGS: [...flags, env.XLA_FLAGS ?? ''].join(' ').trim() };
}

/**
 * What TensorFlow and the CUDA libraries read once, while they are loaded. Deterministic kernels leave out what adds up in
 * the order in which threads finish, and of cuDNN's the first one that works is taken, not the fastest. Left untried
 * (TF_CUDNN_USE_AUTOTUNE=0) it might be one that does not. TF32 is CUDA's default for float32 products, which only its own
 * variable turns off without TensorFlow's Python half.
 *
 * XLA wants the same said in its own flags (xla/debug_options_flags.cc); it is handed ptxas and libdevice, which lie
 * in the engine, and its Triton products, which round to TF32 whatever CUDA was told, are left out where float32 counts.
 */
export function gpuEnvironment(
  { visible, deterministic, tf32 }: GpuOptions,
  { source, folder }: Pick<NativeEngine, 'source' | 'folder'>,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const xla = [
    `--xla_gpu_cuda_data_dir="${join(folder, 'nvidia', 'cuda_nvcc')}"`,
    ...(deterministic ? ['--xla_gpu_deterministic_ops=true'] : []),
    ...(tf32 ? [] : ['--xla_gpu_enable_triton_gemm=false']),
  ];
  return {
    ...xlaFlags(source, xla, env),
    // Numbers as nvidia-smi counts; where the user named the devices, in whatever order they meant.
    ...(env.CUDA_VISIBLE_DEVICES === undefined && { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }),
    CUDA_VISIBLE_DEVICES: visible,
    TF_FORCE_GPU_ALLOW_GROWTH: env.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true',
    TF_DETERMINISTIC_OPS: deterministic ? '1' : '0',
    ...(!tf32 && { NVIDIA_TF32_OVERRIDE: '0' }),
  };
}

/** The binding has no types of its own. */
function requireBinding(path: string): TensorFlowBinding {
  return require(path) as TensorFlowBinding;
}

/** The other half of `native/stderr.cc`. */
interface StderrHolder {
  hold(): void;
  release(): string;
}

function quietly<T>(engine: NativeEngine, action: () => T): T {
  const path = join(engine.folder, 'stderr.node');
  if (!existsSync(path)) return action();
  const holder = require(path) as StderrHolder;
  holder.hold();
  try {
    return action();
  } finally {
    holder.release();
  }
}
