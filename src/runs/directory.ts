import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { DataError, UsageError } from '../errors.js';
import { errorCode, folderProblem } from '../files/errors.js';
import { makeFolder } from '../files/make-folder.js';
import { newRunName, requireRunName } from './names.js';

/** Where everything of one run lies. */
export interface RunPaths {
  readonly folder: string;
  readonly config: string;
  readonly environment: string;
  readonly metricsCsv: string;
  readonly metricsJsonl: string;
  readonly curves: string;
  readonly norms: string;
  readonly predictions: string;
  readonly summary: string;
  readonly log: string;
  readonly checkpoints: string;
  readonly tensorboard: string;
}

export function runPaths(folder: string): RunPaths {
  const at = (name: string) => path.join(folder, name);
  return {
    folder,
    config: at('config.json'),
    environment: at('environment.json'),
    metricsCsv: at('metrics.csv'),
    metricsJsonl: at('metrics.jsonl'),
    curves: at('curves.jsonl'),
    norms: at('norms.jsonl'),
    predictions: at('predictions.safetensors'),
    summary: at('summary.json'),
    log: at('log.txt'),
    checkpoints: at('checkpoints'),
    tensorboard: at('tensorboard'),
  };
}

/**
 * Makes the folder of a new run; runs that start at the same moment get different ones.
 *
 * @throws {DataError} when the runs folder cannot be written.
 */
export async function createRunFolder(
  runsDir: string,
  model: string,
  now: Date,
  drawSuffix: () => string = () => randomBytes(2).toString('hex'),
): Promise<string> {
  try {
    await makeFolder(runsDir);
    for (;;) {
      const folder = path.join(runsDir, newRunName(model, now, drawSuffix()));
      if (!(await makeNew(folder))) continue;
      await fs.mkdir(runPaths(folder).checkpoints);
      return folder;
    }
  } catch (error) {
    throw unwritable(runsDir, error);
  }
}

/**
 * Makes the folder of a new run whose name is chosen.
 *
 * @throws {UsageError} for a name that cannot be one, or that another run has; {@link DataError} when `runsDir` cannot be
 *   written.
 */
export async function createNamedRunFolder(runsDir: string, name: string): Promise<string> {
  requireRunName(name);
  const folder = path.join(runsDir, name);
  let made: boolean;
  try {
    await makeFolder(runsDir);
    made = await makeNew(folder);
    if (made) await fs.mkdir(runPaths(folder).checkpoints);
  } catch (error) {
    throw unwritable(runsDir, error);
  }
  if (!made) {
    const hint = `Choose another name, or go on with that run: --resume ${name}`;
    throw new UsageError(`there is a run "${name}" in ${runsDir} already`, { hint });
  }
  return folder;
}

function unwritable(runsDir: string, error: unknown): DataError {
  return new DataError(`no run can be written in ${runsDir}: ${folderProblem(error)}`, {
    hint: 'Make it a folder with room that you may write in, or choose another with --runs-dir.',
    cause: error,
  });
}

/** Whether a folder is that of a run which can be gone on with. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  const names = await fs.readdir(runPaths(folder).checkpoints).catch(() => []);
  return names.some((name) => /^last(\.previous)?\.safetensors$/.test(name));
}

async function makeNew(folder: string): Promise<boolean> {
  try {
    await fs.mkdir(folder);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Makes sure that what a run writes stays in its folder.
 *
 * @throws {DataError} when its checkpoints lie behind a link.
 */
export async function assertContained(folder: string): Promise<void> {
  const { checkpoints, tensorboard } = runPaths(folder);
  for (const inner of [checkpoints, tensorboard]) {
    const stat = await fs.lstat(inner).catch(() => undefined);
    if (stat !== undefined && !stat.isDirectory()) {
      throw new DataError(`${inner} is not a folder of its run`, { hint: 'Replace the link or file by a folder.' });
    }
  }
  await makeFolder(checkpoints);
}
