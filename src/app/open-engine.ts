import type { Context } from '../context.js';
import type { DeviceChoice, Precision } from '../engine/engine.js';
import type { OpenedEngine } from '../engine/open.js';
import { interruptible } from './interruptible.js';

/** What computes, and how. */
export interface EngineChoice {
  readonly device?: DeviceChoice | undefined;
  readonly precision?: Precision | undefined;
  readonly threads?: number | undefined;
  readonly deterministic?: boolean | undefined;
  readonly jitCompile?: boolean | undefined;
  readonly offline?: boolean | undefined;
  /** On a CPU memory counts more than the time to allocate it. */
  readonly releaseMemory?: boolean | undefined;
}

/**
 * The engine of this choice, set up first where it is not in place.
 *
 * @param other stops the setup too
 * @throws EngineError when it is not available
 * @throws InterruptedError
 */
export async function openEngine(
  { device = 'auto', precision = 'float32', threads, deterministic, jitCompile, offline, releaseMemory }: EngineChoice,
  { env, interrupts, progress }: Context,
  other?: AbortSignal,
): Promise<OpenedEngine> {
  const engines = await import('../engine/open.js');
  const view = await progress.engine();
  const stopped = 'the setup of the engine was stopped';
  return interruptible(interrupts, { stopped, view, other }, (signal, onProgress) =>
    engines.openEngine({
      ...{ device, precision, threads, deterministic, jitCompile, offline, releaseMemory },
      ...{ env, signal, onProgress },
    }),
  );
}
