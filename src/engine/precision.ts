import type { EngineInfo, Precision } from './engine.js';
import { cpuFeatures, hasFastBfloat16 } from './native/binding/cpu.js';

export interface Notice {
  readonly message: string;
  readonly hint: string;
}

/** What to say once at the start about a precision on an engine: that it is slow. Where it is fast, gpu-info tells. */
export async function precisionNotices(info: EngineInfo, precision: Precision): Promise<Notice[]> {
  if (info.kind !== 'native' || precision !== 'bfloat16' || info.device === 'gpu') return [];
  if (hasFastBfloat16(await cpuFeatures())) return [];
  return [
    {
      message: `${info.deviceName} has no bfloat16 instructions: bfloat16 steps will be slower than float32 ones`,
      hint: 'Leave out --precision bfloat16.',
    },
  ];
}
