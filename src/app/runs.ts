import { z } from 'zod';
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

/** The run that does best, by the first of these that all of them have. */
const METRICS = ['testAccuracy', 'bestValAccuracy'] as const;

export interface BestRun {
  readonly name: string;
  readonly metric: (typeof METRICS)[number];
  readonly value: number;
  /** Above the next best; 0 where another does as well. */
  readonly lead: number;
}

export interface RunComparison {
  readonly runs: readonly RunRecord[];
  /** Null where no figure is known of every run. */
  readonly best: BestRun | null;
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
  return { runs, best: bestOf(runs), differences: differences(runs.map(settingsOf)) };
}

function bestOf(runs: readonly RunRecord[]): BestRun | null {
  for (const metric of METRICS) {
    const known = runs.flatMap(({ name, [metric]: value }) => (value === null ? [] : [{ name, value }]));
    const [first, second] = known.sort((a, b) => b.value - a.value);
    if (first === undefined || second === undefined || known.length < runs.length) continue;
    return { ...first, metric, lead: first.value - second.value };
  }
  return null;
}

const Surroundings = z.looseObject({ data: z.looseObject({}).optional() });

/**
 * What a run was told, but for the words (`--epochs 5` and a config of 5 epochs are the same) and for where the same
 * files came from.
 */
export function settingsOf({ config, environment }: RunRecord): unknown {
  const { data, ...surroundings } = Surroundings.safeParse(environment).data ?? {};
  return { config, ...surroundings, data: { ...data, source: undefined }, arguments: undefined };
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
