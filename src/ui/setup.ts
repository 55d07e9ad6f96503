import type { EngineStatus } from '../engine/native/binding/check.js';
import { wrapBehind } from './lines.js';

/** An engine in `fmnist setup --check`. */
export function renderEngineStatus(engine: EngineStatus, width: number): string[] {
  const { source, variant, state, tensorflow, folder, reason, seesGpu } = engine;
  const name = `${source === 'official' ? 'tfjs-node' : 'fmnist'} ${variant}`.padEnd(14);
  const what =
    state === 'ready'
      ? `ready: TensorFlow ${tensorflow}${seesGpu ? ', sees a GPU' : ''} in ${folder}`
      : `${state}: ${reason}`;
  return wrapBehind(`${name} `, what, width);
}
