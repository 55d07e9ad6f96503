import { promises as fs } from 'node:fs';
import { DataError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { runPaths } from './directory.js';
import { lockRun } from './lock.js';
import type { RunListing } from './read.js';
import { filesIn, SPARE } from './size.js';

/** By validation, since a choice by the test images would make their accuracy too good; without any, by the test. */
const merit = ({ bestValAccuracy, testAccuracy }: RunListing) => bestValAccuracy ?? testAccuracy ?? -1;

/** The runs to remove so that the best ones stay. One that is being trained stays as well. */
export function allButBest<Run extends RunListing>(runs: readonly Run[], keep: number): Run[] {
  const ended = runs.filter(({ status }) => status !== 'running');
  const best = new Set(ended.toSorted((a, b) => merit(b) - merit(a)).slice(0, keep));
  return ended.filter((run) => !best.has(run));
}

/** Checkpoints of a run that are only needed when newer ones are damaged. */
export async function spareFiles(folder: string): Promise<{ readonly file: string; readonly bytes: number }[]> {
  const files = await filesIn(runPaths(folder).checkpoints);
  return files.filter(({ file }) => SPARE.test(file));
}

/**
 * Removes what {@link spareFiles} found.
 *
 * @throws {DataError} while a process trains the run, or when they cannot be removed
 */
export async function removeSpareFiles(folder: string): Promise<void> {
  const lock = await lockRun(folder);
  try {
    for (const { file } of await spareFiles(folder)) await fs.rm(file, { force: true });
  } catch (cause) {
    throw new DataError(`spare checkpoints of ${folder} cannot be removed (${errorCode(cause)})`, { cause });
  } finally {
    await lock.release().catch(() => {});
  }
}
