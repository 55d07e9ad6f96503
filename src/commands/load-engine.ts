import type { Precision } from '../engine/engine.js';
import type { DeviceChoice, OpenedEngine } from '../engine/open.js';
import { InterruptedError } from '../errors.js';

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
  const controller = new AbortController();
  const stop = () => controller.abort(new InterruptedError('the setup of the engine was stopped'));
  process.once('SIGINT', stop);
  try {
    const signal = other === undefined ? controller.signal : AbortSignal.any([controller.signal, other]);
    return await openEngine({ device, precision, threads, offline, signal, onProgress: view.onProgress });
  } finally {
    process.off('SIGINT', stop);
    view.close();
  }
}
