import { promises as fs } from 'node:fs';
import path from 'node:path';
import { runPaths } from './directory.js';

/** Bytes of a run's files. */
export interface RunSize {
  /** What a resumed run continues from: weights, averages and the optimizer's state. */
  readonly last: number;
  /** The best epoch's weights. */
  readonly best: number;
  /** The checkpoints before these two, and damaged ones: needed when the newer ones are damaged. */
  readonly spare: number;
  /** Metrics, predictions, log and the like. */
  readonly records: number;
}

/** Checkpoints that a run can do without while the newer ones are whole. */
export const SPARE = /\.previous\.safetensors$|\.damaged$/;

export async function sizeOfRun(folder: string): Promise<RunSize> {
  const { checkpoints } = runPaths(folder);
  const size = { last: 0, best: 0, spare: 0, records: 0 };
  for (const { file, bytes } of await filesIn(folder)) {
    const name = path.relative(checkpoints, file);
    const part =
      name === 'last.safetensors'
        ? 'last'
        : name === 'best.safetensors'
          ? 'best'
          : SPARE.test(name)
            ? 'spare'
            : 'records';
    size[part] += bytes;
  }
  return size;
}

export function totalSize({ last, best, spare, records }: RunSize): number {
  return last + best + spare + records;
}

/** All files of a folder; links are not followed. */
export async function filesIn(folder: string): Promise<{ readonly file: string; readonly bytes: number }[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const bytesOf = (file: string) =>
    fs.stat(file).then(
      ({ size }) => size,
      () => 0,
    );
  return Promise.all(files.map(async (file) => ({ file, bytes: await bytesOf(file) })));
}
