import { once } from 'node:events';
import type { JobJson, Job as QueuedJob } from 'bullmq';
import { DataError, EngineError, type FmnistError, UsageError } from '../../errors.js';
import { describeIssues } from '../../json/problems.js';
import type { JobEvent } from '../backend.js';
import type { RunJob, Slot } from '../local.js';
import { type Job, jobId } from '../plan.js';
import { isFull, type QueueServer } from './redis.js';
import { type Progress, progressOf, QUEUE, type TrialJob, trialJobSchema } from './trial-job.js';
import { within } from './within.js';

/** So many workers may be lost with a trial before it counts as failed: perhaps it is what kills them. */
const MOST_LOST = 10;

/** Why the queue gives a job up, and what its result says. */
export const LOST_TOO_OFTEN = {
  queue: 'job stalled more than allowable limit',
  ours: `its worker was lost ${MOST_LOST + 1} times`,
};

export interface WorkerOptions {
  readonly server: QueueServer;
  /** What of this machine a trial gets: one for each trial at the same time. Their names are told to all. */
  readonly slots: readonly Slot[];
  readonly name: string;
  readonly version: string;
  /** A worker that gives no sign of life for so long is lost, and its trials are taken up by others. */
  readonly lostAfterMs: number;
  /** How trials of a job's sweep are run. @throws UsageError where nobody could train that job */
  openSweep(job: TrialJob): Promise<RunJob>;
  tell(event: WorkerEvent): void;
}

export type WorkerEvent =
  | { readonly event: 'worker_ready'; readonly worker: string; readonly redis: string; readonly trials: number }
  | { readonly event: 'notice'; readonly message: string }
  | (JobEvent & { readonly sweep: string });

/** While the server has no room, each attempt fails at once. */
const FULL_PAUSE_MS = 5_000;
/** Before the queue is asked again after a failure. */
const RETRY_MS = 2_000;
/** What a server that is away may hold up. */
const PATIENCE_MS = 5_000;

/**
 * Trains what the queue has until the signal aborts; trials in work then save, and are given back.
 *
 * @throws DataError, EngineError when this machine cannot train, UsageError when it meets a sweep of another version of
 *   fmnist. The trial has been given back then.
 */
export async function serveTrials(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  const { server, slots, name, lostAfterMs, tell } = options;
  const service = new Service(options, signal);
  const worker = new (tolerant(server.bullmq.Worker))(QUEUE, (job, token, lost) => service.train(job, token, lost), {
    connection: server.client,
    name,
    concurrency: slots.length,
    lockDuration: lostAfterMs,
    stalledInterval: lostAfterMs,
    maxStalledCount: MOST_LOST,
    runRetryDelay: RETRY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    autorun: false,
  });
  worker.on('error', (error) => {
    server.report(error);
    if (!isFull(error) || worker.isPaused()) return;
    worker.pause(true).catch(server.report);
    setTimeout(() => worker.resume(), FULL_PAUSE_MS).unref();
  });
  // The queue has given the job to somebody else.
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id);
  });
  tell({ event: 'worker_ready', worker: name, redis: server.label, trials: slots.length });
  if (!service.signal.aborted) {
    worker.run().catch(server.report);
    await once(service.signal, 'abort');
  }
  const closed = worker.close();
  await service.idle();
  await within(PATIENCE_MS, closed);
  if (service.failure !== undefined) throw service.failure;
}

/** A worker that can be handed a job which is not JSON: BullMQ's would throw, and be handed it again for ever. */
function tolerant(Worker: QueueServer['bullmq']['Worker']) {
  return class extends Worker {
    protected override createJob(data: JobJson, id: string): QueuedJob {
      try {
        return super.createJob(data, id);
      } catch {
        return super.createJob({ ...data, data: 'null' }, id);
      }
    }
  };
}

/** What a worker does with each job. */
class Service {
  /** Aborts when the worker is to end: it was told to, or has failed. */
  readonly signal: AbortSignal;
  failure: FmnistError | undefined;
  readonly #options: WorkerOptions;
  readonly #end = new AbortController();
  readonly #free: Slot[];
  readonly #training = new Set<Promise<void>>();

  constructor(options: WorkerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#free = [...options.slots];
    this.signal = AbortSignal.any([signal, this.#end.signal]);
  }

  /** @param lost aborts when the queue has given the job to another worker */
  train(queued: QueuedJob, token: string | undefined, lost: AbortSignal | undefined): Promise<void> {
    const training = this.#train(queued, token, lost ?? new AbortController().signal);
    this.#training.add(training);
    const ended = () => this.#training.delete(training);
    training.then(ended, ended);
    return training;
  }

  /** Resolves when nothing is in work any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#training);
  }

  async #train(queued: QueuedJob, token: string | undefined, lost: AbortSignal): Promise<void> {
    const { version, server } = this.#options;
    const job = this.#parse(queued);
    if (job.fmnist !== version) {
      const message = `the sweep ${job.sweep} is of fmnist ${job.fmnist}, this worker of ${version}`;
      const hint = 'Install the version of the sweep here, or go on with the sweep by this one.';
      return this.#fail(new UsageError(message, { hint }), queued, token);
    }
    // There are as many as BullMQ hands out jobs at the same time.
    const slot = this.#free.pop() as Slot;
    try {
      const run = await this.#options.openSweep(job).catch((error: unknown) => this.#refuse(queued, error));
      const own: Job = { trial: job.trial, seed: job.seed, rung: job.rung };
      const tell = (event: JobEvent) => {
        this.#options.tell({ ...event, sweep: job.sweep });
        if (event.event !== 'job_end') queued.updateProgress(progressOf(event)).catch(server.report);
      };
      tell({ event: 'job_start', job: own, worker: slot.name });
      const result = await run(own, slot, tell, AbortSignal.any([this.signal, lost]));
      if (result !== undefined) return tell({ event: 'job_end', job: own, worker: slot.name, result });
      if (!lost.aborted) return await this.#giveBack(queued, token);
      this.#notice(`${job.sweep} ${jobId(own)} was given to another worker`);
      throw new Error('given to another worker');
    } catch (error) {
      if (!(error instanceof DataError || error instanceof EngineError)) throw error;
      return await this.#fail(error, queued, token);
    } finally {
      this.#free.push(slot);
    }
  }

  #parse(queued: QueuedJob): TrialJob {
    const parsed = trialJobSchema.safeParse(queued.data);
    if (parsed.success) return parsed.data;
    const problems = describeIssues(trialJobSchema, queued.data, parsed.error.issues, 'it');
    return this.#refuse(queued, new UsageError(`it is no trial of a sweep (${problems.join('; ')})`));
  }

  /** Takes a job off the queue that no worker could train, and says why. */
  #refuse({ id }: QueuedJob, error: unknown): never {
    if (!(error instanceof UsageError)) throw error;
    const { name, server } = this.#options;
    this.#notice(`job ${id} is refused: ${error.message}`);
    throw new server.bullmq.UnrecoverableError(`${error.message} (said by ${name})`);
  }

  /** Gives the job to others and ends this worker. */
  async #fail(error: FmnistError, queued: QueuedJob, token: string | undefined): Promise<void> {
    const { name, server } = this.#options;
    this.failure ??= error;
    this.#end.abort();
    const refused: Progress = { event: 'refused', worker: name, reason: error.message };
    await within(PATIENCE_MS, queued.updateProgress(refused).catch(server.report));
    await this.#giveBack(queued, token);
  }

  /** What cannot be given back now, others get when this worker counts as lost. */
  async #giveBack(queued: QueuedJob, token: string | undefined): Promise<never> {
    const { server } = this.#options;
    await within(PATIENCE_MS, queued.moveToWait(token).catch(server.report));
    throw new server.bullmq.WaitingError();
  }

  #notice(message: string): void {
    this.#options.tell({ event: 'notice', message });
  }
}
