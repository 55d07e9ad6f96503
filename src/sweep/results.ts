import { promises as fs } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { DataError } from '../errors.js';
import { hasCode } from '../files/errors.js';
import { isPartial, nodeFileSystem, writeOnce } from '../files/file-system.js';
import { makeFolder } from '../files/make-folder.js';
import { readIfThere } from '../files/read.js';
import { parsePlainJson } from '../json/scan.js';
import type { EpochEnd } from '../training/contracts/events.js';
import { type Job, jobId, type Plan } from './plan.js';

/** Most of it is the values of the trial's parameters. */
const MOST_BYTES = 1024 ** 2;
const AGAIN = 'Remove it; the trial then runs again.';

const metric = z.number().nullable();

/**
 * What became of one job. It holds nothing that depends on when or where the job ran, so that two sweeps of the same file
 * give the same bytes.
 */
const resultSchema = z.strictObject({
  v: z.literal(1),
  trial: z.int().nonnegative(),
  seed: z.int().nonnegative(),
  rung: z.int().nonnegative(),
  parameters: z.record(z.string(), z.json()),
  status: z.enum(['completed', 'failed']),
  /** Of the sweep's metric; null where the training failed. */
  score: metric,
  /** Epochs trained in all, fewer than the rung's after early stopping. */
  epochs: z.int().nonnegative(),
  loss: metric,
  accuracy: metric,
  valLoss: metric,
  valAccuracy: metric,
  /** Of the failure: the exit code and the message of `fmnist train`. */
  exitCode: z.int().optional(),
  message: z.string().optional(),
});

export type Result = z.output<typeof resultSchema>;

/** Why a trial has no score; any error of fmnist is one. */
export interface Failure {
  readonly message: string;
  readonly exitCode?: number | undefined;
}

/**
 * The result of a job that has come to its rung, or failed on the way. The score is that of the epoch whose weights the
 * run ends with: the last one, or the best where early stopping restores it.
 */
export function makeResult(plan: Plan, job: Job, history: readonly EpochEnd[], failure?: Failure): Result {
  const last = history.at(-1);
  // A trial whose values do not fit together has failed before it had a config.
  const restores = failure === undefined && plan.config(job.trial).training.earlyStopping?.restoreBest === true;
  const scored = restores ? history.findLast(({ best }) => best) : last;
  return {
    v: 1,
    ...job,
    // What a sweep file holds is JSON.
    parameters: plan.point(job.trial) as Result['parameters'],
    status: failure === undefined ? 'completed' : 'failed',
    score: failure === undefined ? (scored?.[plan.sweep.metric] ?? null) : null,
    epochs: history.length,
    loss: last?.loss ?? null,
    accuracy: last?.accuracy ?? null,
    valLoss: last?.valLoss ?? null,
    valAccuracy: last?.valAccuracy ?? null,
    ...(failure && { message: failure.message }),
    ...(failure?.exitCode !== undefined && { exitCode: failure.exitCode }),
  };
}

/** A result as it lies in a file. */
export function encodeResult(result: Result): string {
  return `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`;
}

/** @throws DataError where the text, which lies in `where`, is none */
export function decodeResult(text: string, where: string): Result {
  const parsed = resultSchema.safeParse(parsePlainJson(text));
  if (parsed.success) return parsed.data;
  throw new DataError(`${where} is not the result of a trial`, { hint: AGAIN });
}

/** The results of a sweep: a file each, written once. */
export class Results {
  constructor(readonly folder: string) {}

  /**
   * Keeps a result; the first one of a job stays, whoever brings another.
   * @throws DataError when it cannot be written
   */
  async record(job: Job, result: Result): Promise<void> {
    try {
      await makeFolder(this.folder);
      await writeOnce(nodeFileSystem, this.#file(jobId(job)), [Buffer.from(encodeResult(result))]);
    } catch (cause) {
      throw new DataError(`the result of ${jobId(job)} cannot be kept in ${this.folder}: ${String(cause)}`, { cause });
    }
  }

  async get(job: Job): Promise<Result | undefined> {
    return this.#read(this.#file(jobId(job)));
  }

  /** The names of the jobs that have a result. */
  async names(): Promise<string[]> {
    const files = await fs.readdir(this.folder).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw new DataError(`the results in ${this.folder} cannot be read: ${String(error)}`, { cause: error });
    });
    const results = files.filter((name) => name.endsWith('.json') && !isPartial(name)).sort();
    return results.map((name) => path.basename(name, '.json'));
  }

  /** Every result by its job's name. */
  async all(): Promise<ReadonlyMap<string, Result>> {
    const results = await Promise.all((await this.names()).map((name) => this.#read(this.#file(name))));
    return new Map(results.flatMap((result) => (result === undefined ? [] : [[jobId(result), result] as const])));
  }

  #file(name: string): string {
    return path.join(this.folder, `${name}.json`);
  }

  async #read(file: string): Promise<Result | undefined> {
    const bytes = await readIfThere(file, { most: MOST_BYTES, hint: AGAIN });
    if (bytes === undefined) return undefined;
    const result = decodeResult(String(bytes), file);
    if (this.#file(jobId(result)) === file) return result;
    throw new DataError(`${file} is the result of ${jobId(result)}`, { hint: AGAIN });
  }
}
