import { EXIT, InterruptedError } from '../errors.js';

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/** What may be stopped half-way; `done` ends the listening. */
export interface Interruptible {
  readonly signal: AbortSignal;
  done(): void;
}

/**
 * Lets the first Ctrl-C or SIGTERM abort what is under way, with an InterruptedError of this message as its reason; the
 * second quits at once.
 *
 * @param other aborts it as well
 *
 * The listeners stay after the first signal: cursor restorers (signal-exit) kill the process when they find themselves
 * the only ones left listening.
 */
export function interruptible(message: string, beforeQuit: () => void, other?: AbortSignal): Interruptible {
  const controller = new AbortController();
  const listeners = Object.entries(CODES).map(([signal, code]) => {
    const listener = () => {
      if (controller.signal.aborted) {
        beforeQuit();
        process.exit(code);
      }
      controller.abort(new InterruptedError(message, code));
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    signal: other === undefined ? controller.signal : AbortSignal.any([controller.signal, other]),
    done: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
