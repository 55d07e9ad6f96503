import type { NativeEngine } from '../binding/engines.js';
import { probeBinding } from '../binding/probe.js';
import { OLDEST_DRIVER } from './nvidia.js';

export interface NoGpu {
  readonly reason: string;
  readonly fix: string;
}

interface Sign extends NoGpu {
  readonly in: RegExp;
}

/** What TensorFlow logs when it does not use a GPU, the clearest signs first. `$1` is what the pattern caught. */
const SIGNS: readonly Sign[] = [
  {
    in: /Could not load dynamic library '([^']+)'/,
    reason: 'the library $1 is missing',
    fix: '$0 setup --variant gpu',
  },
  {
    in: /Cannot dlopen some GPU libraries/,
    reason: 'some of its CUDA libraries do not load',
    fix: '$0 setup --variant gpu --force',
  },
  {
    in: /driver version is insufficient|CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|kernel version (\S+) does not match DSO/i,
    reason: `the driver is too old for CUDA 12, which needs ${OLDEST_DRIVER} or newer`,
    fix: 'Update the NVIDIA driver, then reboot.',
  },
  {
    in: /compute capability.*(?:lower|minimum)|no kernel image is available/i,
    reason: 'TensorFlow has no code for this generation of GPU',
    fix: 'Use --device webgpu or --device cpu on this card.',
  },
  {
    in: /CUDA_ERROR_NO_DEVICE|no CUDA-capable device/i,
    reason: 'CUDA finds no device, though nvidia-smi lists one',
    fix: 'In a container, start it with: docker run --gpus all …',
  },
  {
    in: /Could not find cuda drivers|UNKNOWN ERROR \(303\)/i,
    reason: "the driver's library libcuda.so.1 is not found",
    fix: 'Install the NVIDIA driver; in a container, start it with --gpus all.',
  },
  {
    in: /failed call to cuInit: ?(?:\S+: )?(.*)/,
    reason: 'CUDA does not start: $1',
    fix: 'Reboot after a driver update; in a container, start it with --gpus all.',
  },
];

/** Why an engine that loads uses no GPU, from what TensorFlow logs in a process of its own. */
export async function noGpuReason(engine: NativeEngine, env: NodeJS.ProcessEnv): Promise<NoGpu> {
  const { log } = await probeBinding(engine.binding, env);
  return explainLog(log, engine);
}

export function explainLog(log: string, engine: Pick<NativeEngine, 'variant'>): NoGpu {
  if (engine.variant === 'cpu') {
    return { reason: 'the engine in place is the CPU one', fix: '$0 setup --variant gpu' };
  }
  for (const { in: sign, reason, fix } of SIGNS) {
    const match = sign.exec(log);
    if (match) return { reason: reason.replace('$1', match[1] ?? ''), fix };
  }
  return { reason: 'it does not say why', fix: 'See its log: TF_CPP_MIN_LOG_LEVEL=0 $0 gpu-info' };
}
