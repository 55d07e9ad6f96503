import type { TrainingEvent } from '../contracts/events.js';
import { shouldStopEarly } from '../schedules/callbacks.js';
import { saveLast } from './checkpoints.js';
import { endEpoch, trainEpoch } from './epoch.js';
import type { Run } from './run.js';

/** Trains epoch after epoch, until the last one, the one to pause after, early stopping, or a request to stop. */
export async function* trainEpochs(run: Run, pauseAfterEpoch?: number): AsyncGenerator<TrainingEvent> {
  const { control, progress, settings } = run;
  const { epochs } = settings.config.training;
  while (!isFinished(run) && !isPaused(run, pauseAfterEpoch)) {
    yield { event: 'epoch_start', epoch: progress.state.epoch, epochs, steps: run.steps };
    yield* trainEpoch(run);
    if (control.stop?.after !== 'step') yield* endEpoch(run);
    if (control.stop?.after === 'step') {
      yield* saveLast(run, true);
      return;
    }
    if (control.stop !== undefined) return;
  }
}

function isFinished({ progress, settings }: Run): boolean {
  const { epochs, earlyStopping } = settings.config.training;
  const { epoch, history } = progress.state;
  return epoch > epochs || (earlyStopping !== undefined && shouldStopEarly(earlyStopping, history));
}

/** Whether the run has come to the epoch that it pauses after, and would go on. */
export function isPaused(run: Run, pauseAfterEpoch: number | undefined): boolean {
  if (pauseAfterEpoch === undefined || run.progress.state.epoch <= pauseAfterEpoch) return false;
  return !isFinished(run);
}
