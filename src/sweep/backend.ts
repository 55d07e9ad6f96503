import type { EpochEnd } from '../training/contracts/events.js';
import type { Job } from './plan.js';
import type { Result } from './results.js';

/** What happens to a job. `worker` says where: a slot of this machine's pool, or a worker's name. */
export type JobEvent =
  | { readonly event: 'job_start'; readonly job: Job; readonly worker: string }
  | { readonly event: 'job_epoch'; readonly job: Job; readonly worker: string; readonly epoch: EpochEnd }
  /** The training broke (its process was killed, its worker lost) and goes on from its last checkpoint. */
  | { readonly event: 'job_retry'; readonly job: Job; readonly worker: string; readonly reason: string }
  | { readonly event: 'job_end'; readonly job: Job; readonly worker: string; readonly result: Result };

/** What a person should know of where jobs run: its server is away, nobody works. */
export interface Notice {
  readonly event: 'notice';
  readonly message: string;
}

export type BackendEvent = JobEvent | Notice;

/** Where jobs run: a pool of processes on this machine, or workers elsewhere. */
export interface Backend {
  /**
   * Runs the jobs in any order and tells what happens, until each has its result. Results are recorded before they are
   * told. When the signal aborts, trainings save and end, and so does this.
   */
  run(jobs: readonly Job[], signal: AbortSignal): AsyncIterable<BackendEvent>;
}
