import { averagedWeight } from '../../model/state-names.js';
import { readAll, selected, sourceOf } from '../../model/tensors.js';
import type { CheckpointEvent, WarningEvent } from '../contracts/events.js';
import { type BestCheckpoint, type Run, requireFiniteTensors } from './run.js';

/**
 * Saves all that a resumed run needs. `final`: the run ends with it.
 *
 * @throws DivergedError rather than overwrite a good checkpoint by one that is not finite
 */
export async function* saveLast(run: Run, final = false): AsyncGenerator<CheckpointEvent | WarningEvent> {
  const { recorder, progress, trainer } = run;
  const { epoch, step } = progress.state;
  const tensors = trainer.state();
  // The loss of a step comes before its update: only the weights tell that the last one was too much.
  await requireFiniteTensors(tensors, run);
  yield* retryBest(run, final);
  const checkpoint = { tensors, state: progress.state };
  const events = await recorder.checkpoint('last', { epoch, step }, checkpoint, final);
  run.saved = wasSaved(events);
  yield* events;
  run.checkpointAt = run.clock();
}

/**
 * Saves the weights and their averages, without the optimizer's slots, as those of the best epoch. Where they cannot
 * be written now they are kept in memory, for {@link retryBest}.
 *
 * @throws DivergedError rather than save what is not finite
 */
export async function* saveBest(run: Run, epoch: number): AsyncGenerator<CheckpointEvent | WarningEvent> {
  const { progress, model, trainer } = run;
  const weights = new Set(model.weights.map(({ name }) => name));
  const tensors = selected(trainer.state(), (name) => weights.has(name) || averagedWeight(name) !== undefined);
  await requireFiniteTensors(tensors, run);
  const best = { epoch, step: progress.state.history.at(-1)?.steps ?? 0, tensors, state: progress.state };
  // The next step changes the weights: these are the epoch's last moment.
  if (!(yield* writeBest(run, best))) run.unsavedBest = { ...best, tensors: sourceOf(await readAll(tensors)) };
}

/** Writes the best epoch's weights, if they could not be written before. `final`: the run ends with it. */
export async function* retryBest(run: Run, final = false): AsyncGenerator<CheckpointEvent | WarningEvent> {
  if (run.unsavedBest !== undefined) yield* writeBest(run, run.unsavedBest, final);
}

async function* writeBest(
  run: Run,
  { epoch, step, ...checkpoint }: BestCheckpoint,
  final = false,
): AsyncGenerator<CheckpointEvent | WarningEvent, boolean> {
  const events = await run.recorder.checkpoint('best', { epoch, step }, checkpoint, final);
  if (wasSaved(events)) run.unsavedBest = undefined;
  yield* events;
  return wasSaved(events);
}

/** Puts the best epoch's weights and averages back; false where they are not to be had. */
export async function restoreBest({ recorder, trainer, unsavedBest }: Run, epoch: number): Promise<boolean> {
  const saved = unsavedBest === undefined ? await recorder.best(epoch) : undefined;
  const best = (unsavedBest ?? saved)?.tensors;
  if (best === undefined) return false;
  const now = trainer.state();
  try {
    await trainer.setState({
      shapes: new Map([...now.shapes, ...best.shapes]),
      pieces: (name) => (best.shapes.has(name) ? best : now).pieces(name),
    });
  } finally {
    await saved?.close();
  }
  return true;
}

function wasSaved(events: readonly (CheckpointEvent | WarningEvent)[]): boolean {
  return events.some(({ event }) => event === 'checkpoint');
}
