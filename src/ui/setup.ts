import type { EngineStatus } from '../engine/native/binding/check.js';

/** A line of `fmnist setup --check`. */
export function renderEngineStatus(engine: EngineStatus): string {
  const { source, variant, state, tensorflow, folder, reason, seesGpu } = engine;
  const name = `${source === 'official' ? 'tfjs-node' : 'fmnist'} ${variant}`.padEnd(14);
  if (state !== 'ready') return `${name} ${state}: ${reason}`;
  return `${name} ready: TensorFlow ${tensorflow}${seesGpu ? ', sees a GPU' : ''} in ${folder}`;
}
