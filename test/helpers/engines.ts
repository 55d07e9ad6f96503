import { type Engine, type EngineKind, PLAIN_TRAINING, type TrainerSpec } from '../../src/engine/engine.js';
import { nativeEngine } from './engine.js';

/** Opens one engine of each kind. */
export const OPEN: Record<EngineKind, () => Promise<Engine>> = {
  native: nativeEngine,
  'cpu-js': () => eager('cpu-js'),
  wasm: () => eager('wasm'),
  webgpu: () => eager('webgpu'),
};

async function eager(kind: Exclude<EngineKind, 'native'>): Promise<Engine> {
  const { EagerEngine } = await import('../../src/engine/eager/engine.js');
  return EagerEngine.create(kind);
}

/** The part of a trainer's spec that most tests leave alone. */
export const PLAIN = {
  precision: 'float32',
  seed: 1,
  ...PLAIN_TRAINING,
} as const satisfies Partial<TrainerSpec>;

/** Consecutive indices from, from + 1 … */
export function range(from: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => from + i);
}

/** The largest absolute difference. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs((a[i] as number) - (b[i] as number));
    if (!(apart <= most)) most = apart;
  }
  return most;
}
