import { readFile } from 'node:fs/promises';
import os from 'node:os';

export interface CpuFeatures {
  /** e.g. `AMD EPYC 9B45`. */
  readonly model: string;
  /** Threads that the system, or a container's CPU quota, lets this process run at once. */
  readonly threads: number;
  readonly avx2: boolean;
  readonly avx512: boolean;
  /** bfloat16 dot products: what makes `--precision bfloat16` fast. */
  readonly avx512Bf16: boolean;
  readonly amxBf16: boolean;
  /** Arm's bfloat16 matrix instructions. */
  readonly armBf16: boolean;
  /** Runs under a hypervisor, where clocks and caches are shared. */
  readonly virtual: boolean;
}

/** What this machine's CPU can do, by /proc/cpuinfo; elsewhere than on Linux all features read false. */
export async function cpuFeatures(): Promise<CpuFeatures> {
  const read = (file: string) => readFile(file, 'utf8').catch(() => '');
  const [info, quota] = await Promise.all([read('/proc/cpuinfo'), read('/sys/fs/cgroup/cpu.max')]);
  return { ...parseCpuInfo(info), threads: Math.min(os.availableParallelism(), quotaThreads(quota)) };
}

/** The threads that a cgroup's `cpu.max` (microseconds of CPU, of each period) keeps busy; without a quota, no limit. */
export function quotaThreads(cpuMax: string): number {
  const [quota, period] = cpuMax.trim().split(' ').map(Number);
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.ceil(quota / period));
}

export function parseCpuInfo(text: string): CpuFeatures {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  const model = /^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? os.cpus()[0]?.model ?? process.arch;
  return {
    model: model.trim(),
    threads: os.availableParallelism(),
    avx2: flags.has('avx2'),
    avx512: flags.has('avx512f'),
    avx512Bf16: flags.has('avx512_bf16'),
    amxBf16: flags.has('amx_bf16'),
    armBf16: flags.has('bf16'),
    virtual: flags.has('hypervisor'),
  };
}

/** Whether bfloat16 convolutions and matmuls run in hardware rather than through float32. */
export function hasFastBfloat16(cpu: CpuFeatures): boolean {
  return cpu.avx512Bf16 || cpu.amxBf16 || cpu.armBf16;
}
