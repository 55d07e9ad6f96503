import type { Interrupts, ProgressView, StopCode, StopReason } from '../context.js';
import { EXIT, InterruptedError } from '../errors.js';

export interface InterruptibleWork<Progress> {
  /** What is said when it was stopped after it had shown some progress: before, there was nothing to stop. */
  readonly stopped: string;
  /** What shows how far it is; closed at the end. */
  readonly view: ProgressView<Progress>;
  /** Stops it too. */
  readonly other?: AbortSignal | undefined;
}

/**
 * Does work that may be stopped half-way, and keeps nothing then.
 *
 * @throws InterruptedError when it was told to stop, even where the work came to its end first.
 */
export async function interruptible<T, Progress>(
  interrupts: Interrupts,
  { stopped, view, other }: InterruptibleWork<Progress>,
  work: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const { signal, release } = interrupts.hold(view.close);
  let begun = false;
  const onProgress = (progress: Progress) => {
    begun = true;
    view.onProgress(progress);
  };
  try {
    signal.throwIfAborted();
    const result = await work(other === undefined ? signal : AbortSignal.any([signal, other]), onProgress);
    signal.throwIfAborted();
    return result;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(begun ? stopped : 'stopped before it began', stopReason(signal).exitCode);
  } finally {
    release();
    view.close();
  }
}

/** The exit code of work that was told to stop, and came to an end of its own after that. */
export function stopCode(interrupts: Interrupts): StopCode {
  const { signal, release } = interrupts.hold(() => {});
  release();
  return signal.aborted ? stopReason(signal).exitCode : EXIT.interrupted;
}

/** Why a signal of {@link Interrupts} is aborted. */
export function stopReason(signal: AbortSignal): StopReason {
  // Node types every reason as any; this one is made in one place.
  return signal.reason as StopReason;
}
