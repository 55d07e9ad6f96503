import { EXIT, FmnistError } from '../../errors.js';
import { buildModel } from '../../model/build.js';
import type { RunEnd, TrainingEvent } from '../contracts/events.js';
import type { TrainOptions } from '../contracts/options.js';
import { retryBest, saveLast } from './checkpoints.js';
import { isPaused, trainEpochs } from './epochs.js';
import type { Run } from './run.js';
import { runStart, startRun } from './start.js';
import { type TestResults, testEnd } from './test.js';

/**
 * Trains one run to its end and tells it as events, `run_end` last. What it yields is recorded first.
 * A run that was told to stop, or missed its gate, ends normally: its `run_end` has the exit code.
 *
 * @throws {UsageError} for settings that do not fit the data or the run that is resumed
 * @throws {DivergedError} when the loss or a weight is not finite any more
 * @throws {OutOfMemoryError} and {@link DataError} when the engine or the disk cannot go on; `run_end` comes before
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void> {
  const model = buildModel(options.settings.config);
  const run = await startRun(options, model);
  try {
    for await (const event of lifecycle(run, options)) {
      const troubles = await run.recorder.record(event);
      yield event;
      yield* troubles;
    }
  } finally {
    run.trainer.dispose();
  }
}

async function* lifecycle(run: Run, options: TrainOptions): AsyncGenerator<TrainingEvent> {
  const { pauseAfterEpoch, test = true } = options;
  yield runStart(run, options);
  for (const warning of options.warnings ?? []) yield { event: 'warning', ...warning };
  let end: RunEnd;
  try {
    // Whatever happens in the first epoch, there is something to resume.
    if (options.resume === undefined) yield* saveLast(run);
    yield* trainEpochs(run, pauseAfterEpoch);
    // A full disk may be warned about for a while, but a run whose end is not kept has not succeeded.
    if (!run.saved) yield* saveLast(run, true);
    yield* retryBest(run, true);
    const untested = !test || run.control.stop?.after === 'step' || isPaused(run, pauseAfterEpoch);
    end = ended(run, options, untested ? undefined : yield* testEnd(run));
  } catch (error) {
    yield failed(run, error);
    throw error;
  }
  yield end;
}

function ended(run: Run, { minAccuracy, pauseAfterEpoch }: TrainOptions, test: TestResults | undefined): RunEnd {
  const { stop } = run.control;
  const end = { ...summary(run), ...test };
  if (stop !== undefined) {
    return { ...end, status: 'stopped', exitCode: stop.exitCode, message: `stopped after the ${stop.after}` };
  }
  if (isPaused(run, pauseAfterEpoch)) {
    return { ...end, status: 'stopped', exitCode: EXIT.ok, message: `paused after epoch ${pauseAfterEpoch}` };
  }
  const accuracy = test?.testAccuracy ?? 0;
  if (minAccuracy !== undefined && accuracy < minAccuracy) {
    const message = `test accuracy ${accuracy.toFixed(4)} is below ${minAccuracy}`;
    return { ...end, status: 'completed', exitCode: EXIT.gate, message };
  }
  return { ...end, status: 'completed', exitCode: EXIT.ok };
}

function failed(run: Run, error: unknown): RunEnd {
  return {
    ...summary(run),
    status: 'failed',
    exitCode: error instanceof FmnistError ? error.exitCode : EXIT.unexpected,
    message: error instanceof Error ? error.message : String(error),
  };
}

function summary({ progress, recorder }: Run): RunEnd {
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
