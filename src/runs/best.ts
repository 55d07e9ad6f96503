import { DataError } from '../errors.js';
import type { FileSystem } from '../files/file-system.js';
import { type TrainingState, trainingStateSchema } from '../training/contracts/state.js';
import { type LoadedCheckpoint, loadCheckpoint } from './checkpoint.js';

/**
 * The checkpoint of a run's best epoch. A disk that was full for a while, or a damaged file, can leave an older epoch's
 * weights there: those are not what `best` means.
 *
 * @throws {DataError} when it cannot be read, or is another epoch's than `last` knows to be the best
 */
export async function loadBest(files: FileSystem, folder: string): Promise<LoadedCheckpoint<TrainingState>> {
  const hint = 'Take the last epoch with --checkpoint last, or go on training with --resume.';
  const best = await loadCheckpoint(files, folder, 'best', trainingStateSchema).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.message, { problems: error.problems, hint, cause: error });
  });
  const epoch = best.state.history.at(-1)?.epoch ?? 0;
  const history = await lastHistory(files, folder);
  const meant = history.findLast((end) => end.best)?.epoch ?? 0;
  // `best` is written before `last`: between the two it knows of one epoch more.
  if (epoch === meant || epoch > history.length) return best;
  await best.close();
  const why = best.fallback === undefined ? '' : ` (${best.fallback})`;
  throw new DataError(
    `${best.path} is of epoch ${epoch}, but epoch ${meant} was the best: its weights are lost${why}`,
    { hint },
  );
}

/** The epochs that a resumed run would go on from; none where they cannot be read. */
async function lastHistory(files: FileSystem, folder: string): Promise<TrainingState['history']> {
  try {
    const last = await loadCheckpoint(files, folder, 'last', trainingStateSchema);
    await last.close();
    return last.state.history;
  } catch (error) {
    if (error instanceof DataError) return [];
    throw error;
  }
}
