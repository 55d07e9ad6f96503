import { existsSync } from 'node:fs';
import { nodeFileSystem } from '../files/file-system.js';
import type { RunSettings } from '../training/contracts/settings.js';
import { trainingStateSchema } from '../training/contracts/state.js';
import { loadCheckpoint } from './checkpoint.js';
import { hasCheckpoint, runPaths } from './directory.js';
import { type RunRecord, readRun } from './read.js';

/** How far the run in a folder has come, and as what it began. */
export type Standing =
  | { readonly type: 'none' }
  /** Killed before its first checkpoint: nothing can be gone on with. */
  | { readonly type: 'lost' }
  | { readonly type: 'begun' | 'completed'; readonly settings: RunSettings; readonly summary: RunRecord['summary'] };

/** @throws DataError for a folder that is no run, or a damaged one */
export async function standingOf(folder: string): Promise<Standing> {
  if (!existsSync(folder)) return { type: 'none' };
  const { summary } = await readRun(folder);
  const isCompleted = summary.status === 'completed';
  if (!isCompleted && !(await hasCheckpoint(folder))) return { type: 'lost' };
  const checkpoint = await loadCheckpoint(nodeFileSystem, runPaths(folder).checkpoints, 'last', trainingStateSchema);
  await checkpoint.close();
  return { type: isCompleted ? 'completed' : 'begun', settings: checkpoint.state.settings, summary };
}
