import type { Queue, QueueEvents } from 'bullmq';
import { commandLine } from '../../command-line.js';
import { DataError } from '../../errors.js';
import type { Backend, BackendEvent } from '../backend.js';
import { Channel } from '../channel.js';
import type { OpenedSweep } from '../definition.js';
import { type Job, jobId } from '../plan.js';
import { makeResult } from '../results.js';
import type { SharedSweep } from '../store/store.js';
import { isServerError, type QueueServer } from './redis.js';
import { parseProgress, QUEUE, queueId, type TrialJob, toTrialJob } from './trial-job.js';
import { within } from './within.js';
import { LOST_TOO_OFTEN } from './worker.js';

/** How often results are looked for whose news got lost, and jobs that the server has lost. */
const CHECK_MS = 5_000;
/** An answer of the server that takes longer will not come. */
const ANSWER_MS = 30_000;
/** Nobody has begun anything for so long: perhaps there is nobody. */
const SILENCE_MS = 15_000;
/** What a server that is away may hold up the end. */
const GOODBYE_MS = 2_000;

/**
 * Workers elsewhere, through the queue. What a job came to is told by its result alone, never by the queue, so that
 * nothing is lost with it: a server that comes back empty is given the jobs again. Told to stop, it takes back what nobody
 * has begun; the rest goes on to its result.
 */
export function queueBackend(sweep: OpenedSweep, shared: SharedSweep, server: QueueServer, version: string): Backend {
  return {
    async *run(jobs, signal) {
      const { bullmq, client, report } = server;
      const queue = new bullmq.Queue(QUEUE, { connection: client });
      queue.on('error', report);
      const describe = await toTrialJob(sweep, version);
      const rung = new QueuedRung(sweep, shared, jobs, describe, queue, server);
      const stop = () => rung.stop();
      signal.addEventListener('abort', stop);
      client.on('ready', rung.check);
      const checks = setInterval(rung.check, CHECK_MS);
      try {
        if (signal.aborted) return;
        rung.check();
        yield* rung.told;
      } finally {
        clearInterval(checks);
        client.off('ready', rung.check);
        signal.removeEventListener('abort', stop);
        await within(GOODBYE_MS, rung.takeBack());
        await within(GOODBYE_MS, Promise.all([rung.deafen(), queue.close()]));
      }
    },
  };
}

/** One rung's jobs on their way through the queue. */
class QueuedRung {
  readonly told = new Channel<BackendEvent>();
  /** Jobs without a result, by their names in the queue. */
  readonly #pending: Map<string, TrialJob>;
  /** Who trains a job, as far as it has told. */
  readonly #workers = new Map<string, string>();
  readonly #sweep: OpenedSweep;
  readonly #shared: SharedSweep;
  readonly #queue: Queue;
  readonly #server: QueueServer;
  #events: Promise<QueueEvents> | undefined;
  #heard = Date.now();
  /** When the server was asked a question that it has not answered; 0 for none. */
  #asked = 0;

  constructor(
    sweep: OpenedSweep,
    shared: SharedSweep,
    jobs: readonly Job[],
    describe: (job: Job) => TrialJob,
    queue: Queue,
    server: QueueServer,
  ) {
    this.#sweep = sweep;
    this.#shared = shared;
    this.#queue = queue;
    this.#server = server;
    this.#pending = new Map(jobs.map(describe).map((job) => [queueId(job), job]));
  }

  /** Looks for results and gives the queue what it does not have. */
  readonly check = (): void => this.#attempt(() => this.#check());

  stop(): void {
    const begun = this.#workers.size;
    if (begun > 0)
      this.#notice(`${begun} training${begun > 1 ? 's' : ''} that workers have begun go on to their results`);
    this.told.close();
  }

  async deafen(): Promise<void> {
    const events = await this.#events;
    await events?.close();
  }

  /** Takes what nobody has begun out of the queue; jobs that a worker holds stay. */
  async takeBack(): Promise<void> {
    await Promise.allSettled([...this.#pending.keys()].map((id) => this.#queue.remove(id)));
  }

  /** What goes wrong ends the rung; but what the server refuses is tried again by the next check. */
  #attempt(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (isServerError(error)) this.#server.report(error);
      else this.told.close(error);
    });
  }

  async #check(): Promise<void> {
    // Results need no server: it may be away for good when the last one comes.
    await this.#shared.collect([...this.#pending.values()].map(jobOf));
    const done = new Set(await this.#sweep.results.names());
    for (const [id, job] of this.#pending) if (done.has(jobId(job))) await this.#settle(id);
    // The question before may still wait for the server, or its answer may be lost with a connection.
    if (this.#pending.size === 0 || Date.now() - this.#asked < ANSWER_MS) return;
    this.#asked = Date.now();
    try {
      this.#events ??= this.#listen().catch((error) => {
        this.#events = undefined;
        throw error;
      });
      await this.#events;
      await this.#addMissing();
      await this.#lookForWorkers();
    } finally {
      this.#asked = 0;
    }
  }

  /** Hears all that the queue tells from now on: before there is a job whose beginning could be missed. */
  async #listen(): Promise<QueueEvents> {
    const { bullmq, client, report } = this.#server;
    const [last] = await client.xrevrange(this.#queue.toKey('events'), '+', '-', 'COUNT', 1);
    const events = new bullmq.QueueEvents(QUEUE, { connection: client, lastEventId: last?.[0] ?? '0' });
    events.on('error', report);
    events.on('progress', ({ jobId, data }) => this.#hear(jobId, data));
    events.on('completed', ({ jobId }) => this.#attempt(() => this.#settle(jobId)));
    events.on('failed', ({ jobId, failedReason }) => this.#attempt(() => this.#fail(jobId, failedReason)));
    events.on('stalled', ({ jobId }) => this.#lost(jobId));
    return events;
  }

  async #addMissing(): Promise<void> {
    const pending = [...this.#pending];
    const known = await Promise.all(pending.map(([id]) => this.#server.client.exists(this.#queue.toKey(id))));
    const missing = pending.filter(([id], i) => known[i] === 0 && this.#pending.has(id));
    await this.#queue.addBulk(
      missing.map(([id, job]) => ({
        name: job.sweep,
        data: job,
        // What remains in the queue is what is to be done: results lie elsewhere.
        opts: { jobId: id, removeOnComplete: true, removeOnFail: true, stackTraceLimit: 0 },
      })),
    );
  }

  async #lookForWorkers(): Promise<void> {
    if (Date.now() - this.#heard < SILENCE_MS) return;
    this.#heard = Number.POSITIVE_INFINITY;
    if ((await this.#queue.getWorkersCount()) > 0) return;
    this.#notice(`no worker is there yet: start some with ${commandLine('worker', '--redis')}`);
  }

  #hear(id: string, data: unknown): void {
    const job = this.#pending.get(id);
    const progress = parseProgress(data);
    if (job === undefined || progress === undefined) return;
    this.#heard = Date.now();
    if (progress.event === 'refused') {
      this.#workers.delete(id);
      this.#notice(`${progress.worker} gave ${jobId(job)} back: ${progress.reason}`);
      return;
    }
    this.#workers.set(id, progress.worker);
    this.told.put({ ...progress, job: jobOf(job) });
  }

  #lost(id: string): void {
    const job = this.#pending.get(id);
    if (job === undefined) return;
    const worker = this.#workers.get(id) ?? 'a worker';
    this.told.put({ event: 'job_retry', job: jobOf(job), worker, reason: `${worker} was lost` });
  }

  async #fail(id: string, reason: string): Promise<void> {
    const job = this.#pending.get(id);
    if (job === undefined) return;
    if (reason !== LOST_TOO_OFTEN.queue) {
      throw new DataError(`a worker cannot take ${jobId(job)}: ${reason}`);
    }
    const result = makeResult(this.#sweep.plan, jobOf(job), [], { message: LOST_TOO_OFTEN.ours });
    await this.#shared.record(jobOf(job), result);
    await this.#settle(id);
  }

  async #settle(id: string): Promise<void> {
    const job = this.#pending.get(id);
    if (job === undefined) return;
    await this.#shared.collect([jobOf(job)]);
    // On a shared disk it may be seen later than the news of it.
    const result = await this.#sweep.results.get(job);
    if (result === undefined || !this.#pending.delete(id)) return;
    this.told.put({ event: 'job_end', job: jobOf(job), worker: this.#workers.get(id) ?? '', result });
    this.#workers.delete(id);
    if (this.#pending.size === 0) this.told.close();
  }

  #notice(message: string): void {
    this.told.put({ event: 'notice', message });
  }
}

function jobOf({ trial, seed, rung }: TrialJob): Job {
  return { trial, seed, rung };
}
