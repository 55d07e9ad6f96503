import type { Precision } from '../engine/engine.js';
import type { DeviceChoice, OpenedEngine } from '../engine/open.js';
import { interruptible } from './interrupt.js';

/** What `withDevice` declares. */
export interface EngineFlags {
  readonly device: DeviceChoice | undefined;
  readonly precision?: Precision | undefined;
  readonly threads: number | undefined;
  readonly offline: boolean;
}

/**
 * The engine that the flags name, with progress on stderr where it is set up first.
 *
 * @param other stops the setup too
 * @throws EngineError when it is not available
 * @throws InterruptedError
 */
export async function loadEngine(flags: EngineFlags, other?: AbortSignal): Promise<OpenedEngine> {
  const { device = 'auto', precision = 'float32', threads, offline } = flags;
  const { openEngine } = await import('../engine/open.js');
  const { engineProgress } = await import('../ui/engine-progress.js');
  const view = engineProgress(process.stderr, process.env);
  const { signal, done } = interruptible('the setup of the engine was stopped', view.close, other);
  try {
    return await openEngine({ device, precision, threads, offline, signal, onProgress: view.onProgress });
  } finally {
    done();
    view.close();
  }
}
