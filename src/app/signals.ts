import { EXIT } from '../errors.js';
import type { StopCode, TrainingControl } from '../training/contracts/control.js';

const CODES = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.terminated,
} as const satisfies Partial<Record<NodeJS.Signals, StopCode>>;

/**
 * npm and npx pass a Ctrl-C on that the terminal has already sent to the whole group: what comes so soon after the
 * first is the same wish.
 */
const ONE_WISH_MS = 300;

/**
 * The first signal stops the run after its step, the next INT or TERM quits at once, `beforeQuit` first. Closed pipes
 * and terminals only ever ask to stop: they signal more than once, and there is a checkpoint to be written.
 *
 * @returns how to stop listening
 */
export function stopOnSignals(control: TrainingControl, beforeQuit: () => void): () => void {
  let first: number | undefined;
  const listeners = Object.entries(CODES).map(([signal, code]) => {
    const listener = () => {
      const now = performance.now();
      first ??= now;
      if (signal === 'SIGHUP' || now - first < ONE_WISH_MS) return control.stopAfterStep(code);
      beforeQuit();
      process.exit(code);
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  // Nobody listens any more: cli.ts tells of a closed stdout by this signal, Node itself never does. It is heard to
  // the end, because what was written last fails last, and an unheard one ends the program as if all were well.
  process.on('SIGPIPE', () => control.stopAfterStep(EXIT.terminated));
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
