import { type Difference, differences } from '../differences.js';
import { UsageError } from '../errors.js';
import { findRun, locateRun } from '../runs/names.js';
import { type RunRecord, readRun } from '../runs/read.js';
import { removeRun } from '../runs/remove.js';

const LIST = 'List them with: fmnist runs';

/** The folders of runs, each once; of the newest where none is named. */
export function findRuns(names: readonly string[], runsDir: string): Promise<string[]> {
  return unique(names.length === 0 ? ['last'] : names, (name) => locateRun(runsDir, name));
}

/** The records of runs; of the newest where none is named. */
export async function showRuns(names: readonly string[], runsDir: string): Promise<RunRecord[]> {
  return Promise.all((await findRuns(names, runsDir)).map(readRun));
}

export interface RunComparison {
  readonly runs: readonly RunRecord[];
  /** In their settings and surroundings. */
  readonly differences: readonly Difference[];
}

/** @throws UsageError for fewer than two runs */
export async function compareRuns(names: readonly string[], runsDir: string): Promise<RunComparison> {
  if (names.length < 2) {
    throw new UsageError(`runs compare takes two runs or more, not ${names.length}`, { hint: LIST });
  }
  const folders = await findRuns(names, runsDir);
  if (folders.length < 2) throw new UsageError(`${names.join(' and ')} are one and the same run`);
  const runs = await Promise.all(folders.map(readRun));
  return { runs, differences: differences(runs.map(settingsOf)) };
}

/** What a run was told, but for the words: `--epochs 5` and a config of 5 epochs are the same. */
export function settingsOf({ config, environment }: RunRecord): unknown {
  const surroundings = typeof environment === 'object' && environment !== null ? environment : {};
  return { config, ...surroundings, arguments: undefined };
}

/**
 * Removes runs once `confirm` has agreed.
 *
 * @returns the folders that are gone; undefined where nothing was removed.
 */
export async function removeRuns(
  names: readonly string[],
  runsDir: string,
  confirm: (folders: readonly string[]) => Promise<boolean>,
): Promise<readonly string[] | undefined> {
  if (names.length === 0) throw new UsageError('which run? Name those to remove', { hint: LIST });
  // Only what lies in the runs folder is ever removed.
  const folders = await unique(names, (name) => findRun(runsDir, name));
  if (!(await confirm(folders))) return undefined;
  for (const folder of folders) await removeRun(folder);
  return folders;
}

async function unique(names: readonly string[], find: (name: string) => Promise<string>): Promise<string[]> {
  return [...new Set(await Promise.all(names.map(find)))];
}
