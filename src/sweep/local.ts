import type { Backend, JobEvent } from './backend.js';
import { Channel } from './channel.js';
import type { Job } from './plan.js';
import type { Result } from './results.js';

/** What a slot of the pool gives a training: its share of the machine. */
export interface Slot {
  readonly name: string;
  readonly threads: number;
  /** Index of the GPU, dealt out one a slot. */
  readonly gpu: string | undefined;
}

/** Trains one job and records its result; undefined when the signal stopped it before it had one. */
export type RunJob = (
  job: Job,
  slot: Slot,
  tell: (event: JobEvent) => void,
  signal: AbortSignal,
) => Promise<Result | undefined>;

/** Shares a machine's threads and GPUs out: every slot gets as many threads as the others, at least one. */
export function planSlots(workers: number, cores: number, gpus: readonly string[]): Slot[] {
  const threads = Math.max(1, Math.floor(cores / workers));
  return Array.from({ length: workers }, (_, i) => ({
    name: `worker ${i + 1}`,
    threads,
    gpu: gpus.length === 0 ? undefined : gpus[i % gpus.length],
  }));
}

/**
 * A pool on this machine: each slot takes the next job when it has finished one. Where one cannot go on, the others stop
 * as if they had been told to, and the error comes last.
 */
export function localBackend(slots: readonly Slot[], runJob: RunJob): Backend {
  return {
    run(jobs, signal) {
      const channel = new Channel<JobEvent>();
      const queue = [...jobs];
      const failure = new AbortController();
      const stop = AbortSignal.any([signal, failure.signal]);
      const work = async (slot: Slot) => {
        for (let job = queue.shift(); job !== undefined && !stop.aborted; job = queue.shift()) {
          channel.put({ event: 'job_start', job, worker: slot.name });
          const result = await runJob(job, slot, (event) => channel.put(event), stop);
          if (result !== undefined) channel.put({ event: 'job_end', job, worker: slot.name, result });
        }
      };
      const ends = slots.map((slot) => work(slot).catch((error: unknown) => failure.abort(error)));
      void Promise.all(ends).then(() => channel.close(failure.signal.reason));
      return channel;
    },
  };
}
