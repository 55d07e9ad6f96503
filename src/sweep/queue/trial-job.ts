import { createHash } from 'node:crypto';
import * as z from 'zod';
import { readBounded } from '../../files/read.js';
import { MOST_BYTES } from '../../json/read.js';
import { epochEndSchema } from '../../training/contracts/events.js';
import type { JobEvent } from '../backend.js';
import { definitionFile, type OpenedSweep } from '../definition.js';
import { type Job, jobId } from '../plan.js';
import { sweepNameSchema } from '../schema.js';

/** The one queue that all sweeps of a server share: a worker serves whichever has something to train. */
export const QUEUE = 'fmnist';

const count = z.int().nonnegative();

/** A training as it travels through the queue. What it refers to lies where the sweep does. */
export const trialJobSchema = z.strictObject({
  v: z.literal(1),
  /** The version of fmnist that the sweep runs with: another one might compute something else. */
  fmnist: z.string(),
  sweep: sweepNameSchema,
  /** {@link definitionHash} of the sweep, since another one may have its name elsewhere. */
  definition: z.string(),
  trial: count,
  seed: count,
  rung: count,
});

export type TrialJob = z.output<typeof trialJobSchema>;

/** SHA-256 of the sweep's definition as it lies in its folder, in hexadecimal. */
export async function definitionHash(folder: string): Promise<string> {
  return createHash('sha256')
    .update(await readBounded(definitionFile(folder), { most: MOST_BYTES }))
    .digest('hex');
}

export async function toTrialJob({ name, folder }: OpenedSweep, fmnist: string): Promise<(job: Job) => TrialJob> {
  const definition = await definitionHash(folder);
  return ({ trial, seed, rung }) => ({ v: 1, fmnist, sweep: name, definition, trial, seed, rung });
}

/** The job's name in the queue: the same training is there once, whoever adds it and however often. */
export function queueId(job: TrialJob): string {
  return `${job.sweep}-${job.definition.slice(0, 8)}-${jobId(job)}`;
}

const worker = z.string();

/** What a worker tells of the job that it trains. */
const progressSchema = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('job_start'), worker }),
  z.strictObject({ event: z.literal('job_epoch'), worker, epoch: epochEndSchema }),
  z.strictObject({ event: z.literal('job_retry'), worker, reason: z.string() }),
  /** It gave the job back for a reason of its own. */
  z.strictObject({ event: z.literal('refused'), worker, reason: z.string() }),
]);

export type Progress = z.input<typeof progressSchema>;

/** What a job's progress says; undefined for what no worker of this version says. */
export function parseProgress(data: unknown): z.output<typeof progressSchema> | undefined {
  const parsed = progressSchema.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

/** What others are told of an event of a training; its end they see by its result. */
export function progressOf(event: Exclude<JobEvent, { event: 'job_end' }>): Progress {
  const { job: _, ...progress } = event;
  return progress;
}
