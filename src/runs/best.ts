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
  const best = await loadCheckpoint(files, folder, 'best', trainingStateSchema);
  const epoch = best.state.history.at(-1)?.epoch ?? 0;
  const meant = await bestKnown(files, folder);
  // `best` is written before `last`: between the two it knows of one epoch more.
  if (epoch >= meant) return best;
  await best.close();
  const why = best.fallback === undefined ? '' : ` (${best.fallback})`;
  throw new DataError(
    `${best.path} is of epoch ${epoch}, but epoch ${meant} was the best: its weights are lost${why}`,
    {
      hint: 'Take the last epoch with --checkpoint last, or go on training with --resume.',
    },
  );
}

/** The best epoch by the history that a resumed run would go on from; 0 where there is none to read. */
async function bestKnown(files: FileSystem, folder: string): Promise<number> {
  try {
    const last = await loadCheckpoint(files, folder, 'last', trainingStateSchema);
    await last.close();
    return last.state.history.findLast(({ best }) => best)?.epoch ?? 0;
  } catch (error) {
    if (error instanceof DataError) return 0;
    throw error;
  }
}
