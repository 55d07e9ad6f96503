import { modelInput } from '../../datasets/spec.js';
import { buildModel } from '../../model/build.js';
import type { StopRequest } from '../contracts/control.js';
import type { RunEnd, TrainingEvent, WarningEvent } from '../contracts/events.js';
import type { TrainOptions } from '../contracts/options.js';
import type { RunSettings } from '../contracts/settings.js';
import type { TrainingState } from '../contracts/state.js';
import { earlyStopping } from '../schedules/early-stopping.js';
import { retryBest, saveLast } from './checkpoints.js';
import { failedEnd, failure, normalEnd } from './end.js';
import { endEpoch, trainEpoch } from './epoch.js';
import { resumeWarnings } from './resume-warnings.js';
import type { Run } from './run.js';
import { runStart, startRun } from './start.js';
import { testRun } from './test.js';
import { unwatchedWarnings } from './unwatched.js';

/**
 * Trains one run to its end as a stream of events, `run_end` last. Each event is recorded before it is yielded.
 * A run that was asked to stop, or missed its gate, ends normally: its `run_end` has the exit code.
 *
 * @throws {UsageError} for settings that do not fit the data or the run that is resumed
 * @throws {DivergedError} when the loss or a weight is not finite any more
 * @throws {OutOfMemoryError} and {@link DataError} when the engine or the disk fails; `run_end` comes before
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void> {
  const model = buildModel(options.settings.config, modelInput(options.dataset));
  const run = await startRun(options, model);
  try {
    for await (const event of lifecycle(run, options)) {
      yield* recorded(run, event);
    }
  } finally {
    run.trainer.dispose();
  }
}

/** The event once it is kept. An end that is not is a failure, with what the test said all the same. */
async function* recorded(run: Run, event: TrainingEvent): AsyncGenerator<TrainingEvent> {
  let warnings: readonly WarningEvent[];
  try {
    warnings = await run.recorder.record(event);
  } catch (error) {
    if (event.event === 'run_end') {
      const failed = { ...event, ...failure(error) };
      // What cannot be written of this one either, the error says.
      await run.recorder.record(failed);
      yield failed;
    }
    throw error;
  }
  yield event;
  yield* warnings;
}

async function* lifecycle(run: Run, options: TrainOptions): AsyncGenerator<TrainingEvent> {
  const { pauseAfterEpoch, test = true } = options;
  yield runStart(run, options);
  const { resume, settings, engine } = options;
  // Where only the test is left, nothing more is summed up.
  const resumed =
    resume === undefined || isFinished(resume.state, settings)
      ? []
      : resumeWarnings(resume.state, settings, engine.info);
  const unwatched = unwatchedWarnings(settings, run.data.split.validation.length);
  for (const warning of [...resumed, ...unwatched, ...(options.warnings ?? [])]) yield { event: 'warning', ...warning };
  let end: RunEnd;
  try {
    // Whatever happens in the first epoch, there is something to resume.
    if (options.resume === undefined) yield* saveLast(run);
    const stopAfter = yield* trainEpochs(run, pauseAfterEpoch);
    // A full disk may be warned about for a while, but a run whose end is not kept has not succeeded.
    if (!run.saved) yield* saveLast(run, true);
    yield* retryBest(run, true);
    const paused = isPaused(run, pauseAfterEpoch);
    const untested = !test || stopAfter?.after === 'step' || paused;
    const results = untested ? undefined : yield* testRun(run);
    const stop = run.control.stop?.after === 'step' ? run.control.stop : stopAfter;
    end = normalEnd(run, results, { minAccuracy: options.minAccuracy, stop, paused });
  } catch (error) {
    yield failedEnd(run, error);
    throw error;
  }
  yield end;
}

/**
 * Trains epoch after epoch, until the last one, the one to pause after, early stopping, or a request to stop.
 *
 * @returns the request, where it left something untrained
 */
async function* trainEpochs(
  run: Run,
  pauseAfterEpoch?: number,
): AsyncGenerator<TrainingEvent, StopRequest | undefined> {
  const { control, progress, settings } = run;
  const { epochs } = settings.config.training;
  while (!isFinished(progress.state, settings) && !isPaused(run, pauseAfterEpoch)) {
    yield { event: 'epoch_start', epoch: progress.state.epoch, epochs, steps: run.steps };
    yield* trainEpoch(run);
    if (control.stop?.after !== 'step') yield* endEpoch(run);
    if (control.stop?.after === 'step') {
      yield* saveLast(run, true);
      return control.stop;
    }
    if (control.stop !== undefined && !isFinished(progress.state, settings)) return control.stop;
  }
  return undefined;
}

/** Whether all is trained: every epoch, or those before early stopping. */
export function isFinished({ epoch, history }: TrainingState, { config }: RunSettings): boolean {
  const { epochs, earlyStopping: stopping } = config.training;
  return epoch > epochs || (stopping !== undefined && earlyStopping(stopping, history).stop);
}

/** Whether the run has come to the epoch that it pauses after, and would go on. */
function isPaused(run: Run, pauseAfterEpoch: number | undefined): boolean {
  if (pauseAfterEpoch === undefined || run.progress.state.epoch <= pauseAfterEpoch) return false;
  return !isFinished(run.progress.state, run.settings);
}
