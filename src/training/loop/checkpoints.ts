import type { NamedTensors } from '../../model/tensors.js';
import type { CheckpointEvent, WarningEvent } from '../contracts/events.js';
import { type Run, requireFinite } from './run.js';

/**
 * Saves all that a resumed run needs. `final`: the run ends with it.
 *
 * @throws DivergedError rather than overwrite a good checkpoint by one that is not finite
 */
export async function* saveLast(run: Run, final = false): AsyncGenerator<CheckpointEvent | WarningEvent> {
  const { recorder, progress } = run;
  const { epoch, step } = progress.state;
  const tensors = await run.trainer.state();
  // The loss of a step comes before its update: only the weights tell that the last one was too much.
  for (const [name, { data }] of tensors) requireFinite(data.find((value) => !Number.isFinite(value)) ?? 0, name, run);
  const checkpoint = { tensors, state: progress.state };
  const events = await recorder.checkpoint('last', { epoch, step }, checkpoint, final);
  run.saved = events.some(({ event }) => event === 'checkpoint');
  yield* events;
  run.checkpointAt = run.clock();
}

/** Saves the weights and their averages, without the optimizer's slots, as those of the best epoch. */
export async function* saveBest(run: Run, epoch: number): AsyncGenerator<CheckpointEvent | WarningEvent> {
  const { recorder, progress, model, trainer } = run;
  const weights = new Set(model.weights.map(({ name }) => name));
  const tensors = [...(await trainer.state())].filter(([name]) => weights.has(name) || name.startsWith('ema/'));
  const position = { epoch, step: progress.state.history.at(-1)?.steps ?? 0 };
  yield* await recorder.checkpoint('best', position, { tensors: new Map(tensors), state: progress.state });
}

/** Puts the best epoch's weights and averages back; false where they cannot be had. */
export async function restoreBest({ recorder, trainer }: Run): Promise<boolean> {
  const best: NamedTensors | undefined = await recorder.best();
  if (best === undefined) return false;
  await trainer.setState(new Map([...(await trainer.state()), ...best]));
  return true;
}
