import { EXIT, FmnistError } from '../../errors.js';
import type { RunEnd } from '../contracts/events.js';
import type { Run } from './run.js';
import type { TestResults } from './test.js';

/**
 * The end of a run without an error: it completed, was asked to stop, or reached the epoch where it pauses.
 *
 * @param minAccuracy the test accuracy that it must reach, if any
 */
export function normalEnd(
  run: Run,
  test: TestResults | undefined,
  minAccuracy: number | undefined,
  paused: boolean,
): RunEnd {
  const { control, progress } = run;
  const { stop } = control;
  const end = { ...figures(run), ...test };
  if (stop !== undefined) {
    return { ...end, status: 'stopped', exitCode: stop.exitCode, message: `stopped after the ${stop.after}` };
  }
  if (paused) {
    const message = `paused after epoch ${progress.state.history.length}`;
    return { ...end, status: 'stopped', exitCode: EXIT.ok, message };
  }
  const accuracy = test?.testAccuracy ?? 0;
  if (minAccuracy !== undefined && accuracy < minAccuracy) {
    const message = `test accuracy ${accuracy.toFixed(4)} is below ${minAccuracy}`;
    return { ...end, status: 'completed', exitCode: EXIT.gate, message };
  }
  return { ...end, status: 'completed', exitCode: EXIT.ok };
}

/** The end of a run that an error ended. */
export function failedEnd(run: Run, error: unknown): RunEnd {
  return {
    ...figures(run),
    status: 'failed',
    exitCode: error instanceof FmnistError ? error.exitCode : EXIT.unexpected,
    message: error instanceof Error ? error.message : String(error),
  };
}

function figures({ progress, recorder }: Run): RunEnd {
  const { history, seconds } = progress.state;
  const accuracies = history.flatMap(({ valAccuracy }) => valAccuracy ?? []);
  return {
    event: 'run_end',
    status: 'failed',
    exitCode: EXIT.unexpected,
    epochs: history.length,
    testLoss: null,
    testAccuracy: null,
    bestValAccuracy: accuracies.length === 0 ? null : Math.max(...accuracies),
    seconds,
    run: recorder.run,
  };
}
