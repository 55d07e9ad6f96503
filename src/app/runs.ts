import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type Difference, differences } from '../differences.js';
import { UsageError } from '../errors.js';
import { type RunLabels, relabel, requireLabels } from '../runs/card.js';
import { findRun, listHint, locateRun } from '../runs/names.js';
import { allButBest, removeSpareFiles, spareFiles } from '../runs/prune.js';
import { type ListedRun, listRuns, type RunRecord, readRun } from '../runs/read.js';
import { removeRun } from '../runs/remove.js';
import { filterRuns, parseFilter, type SortKey, sortRuns } from '../runs/select.js';

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
    throw new UsageError(`runs compare takes two runs or more, not ${names.length}`, { hint: listHint(runsDir) });
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
  if (names.length === 0) throw new UsageError('which run? Name those to remove', { hint: listHint(runsDir) });
  // Only what lies in the runs folder is ever removed.
  const folders = await unique(names, (name) => findRun(runsDir, name));
  if (!(await confirm(folders))) return undefined;
  for (const folder of folders) await removeRun(folder);
  return folders;
}

async function unique(names: readonly string[], find: (name: string) => Promise<string>): Promise<string[]> {
  return [...new Set(await Promise.all(names.map(find)))];
}

/** Which runs of a folder, and in which order. */
export interface RunSelection {
  readonly runsDir: string;
  /** `KEY=VALUE` each. */
  readonly filter?: readonly string[] | undefined;
  readonly sort?: SortKey | undefined;
  /** Where `sweep=NAME` finds the runs of a sweep. */
  readonly sweepsDir: string;
}

/** Runs of one folder. */
export interface SelectedRuns {
  readonly runsDir: string;
  readonly runs: readonly ListedRun[];
}

/**
 * The runs that pass every filter; those of a sweep lie in its own folder.
 *
 * @throws UsageError for a filter that no run can pass
 */
export async function selectRuns({ filter = [], sort = 'time', ...folders }: RunSelection): Promise<SelectedRuns> {
  const filters = filter.map(parseFilter);
  const sweep = filters.find(({ key }) => key === 'sweep')?.value;
  const own = sweep === undefined ? undefined : path.join(folders.sweepsDir, path.basename(sweep), 'runs');
  const runsDir = own !== undefined && existsSync(own) ? own : folders.runsDir;
  return { runsDir, runs: sortRuns(filterRuns(await listRuns(runsDir), filters), sort) };
}

export interface PruneRequest extends RunSelection {
  /** All other runs go. */
  readonly keepBest: number | undefined;
  /** Whether the runs that stay lose the checkpoints that only damage would make them need. */
  readonly slim: boolean;
}

/**
 * Changes the note of runs, and adds and removes tags.
 *
 * @throws UsageError, DataError
 */
export async function labelRuns(
  names: readonly string[],
  { runsDir, untag, ...labels }: RunLabels & { readonly runsDir: string; readonly untag: readonly string[] },
): Promise<{ readonly name: string; readonly note: string | null; readonly tags: readonly string[] }[]> {
  requireLabels(labels);
  const folders = await unique(names.length === 0 ? ['last'] : names, (name) => findRun(runsDir, name));
  return Promise.all(
    folders.map(async (folder) => {
      const { note, tags } = await relabel(folder, labels, untag);
      return { name: path.basename(folder), note, tags };
    }),
  );
}

/** What pruning removes, and how much room that makes. */
export interface Pruning {
  readonly runsDir: string;
  readonly runs: readonly ListedRun[];
  /** Runs that keep everything but their spare checkpoints. */
  readonly slimmed: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytes: number;
}

/** @throws UsageError where nothing is asked for */
export async function planPruning({ keepBest, slim, ...selection }: PruneRequest): Promise<Pruning> {
  if (keepBest === undefined && !slim) {
    throw new UsageError('what should go? Say --keep-best N, --slim or both', {
      hint: 'Add --dry-run to see what would be removed.',
    });
  }
  const { runsDir, runs: all } = await selectRuns(selection);
  const runs = keepBest === undefined ? [] : allButBest(all, keepBest);
  const staying = all.filter((run) => !runs.includes(run) && run.status !== 'running');
  const spare = await Promise.all(
    staying.map(async ({ name }) => ({ name, bytes: sum(await spareFiles(path.join(runsDir, name))) })),
  );
  const slimmed = slim ? spare.filter(({ bytes }) => bytes > 0) : [];
  return { runsDir, runs, slimmed, bytes: sum([...runs, ...slimmed]) };
}

/** @throws DataError for a run that is trained meanwhile */
export async function prune({ runsDir, runs, slimmed }: Pruning): Promise<void> {
  for (const { name } of runs) await removeRun(path.join(runsDir, name));
  for (const { name } of slimmed) await removeSpareFiles(path.join(runsDir, name));
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
