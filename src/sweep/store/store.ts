import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../errors.js';
import { definitionFile, type OpenedSweep } from '../definition.js';
import type { RunJob } from '../local.js';
import type { Job } from '../plan.js';
import type { Result } from '../results.js';

/** Where the machines of a sweep find what they share: its definition, its results, the runs of its trials. */
export interface Store {
  /** For people. */
  readonly label: string;
  /**
   * Makes a sweep known to workers, for whoever runs it.
   * @throws UsageError where another one has its name
   */
  share(sweep: OpenedSweep): Promise<SharedSweep>;
  /**
   * A sweep for a worker that is to train one of its jobs.
   * @throws UsageError where there is no such sweep
   */
  open(name: string): Promise<WorkersSweep>;
  close(): Promise<void>;
}

/** A sweep as whoever runs it sees the store. */
export interface SharedSweep {
  /** Brings what these jobs have come to into the sweep's folder: each result, and the run before it. */
  collect(jobs: readonly Job[]): Promise<void>;
  /** Keeps a result; the first one of a job stays, whoever brings another. */
  record(job: Job, result: Result): Promise<void>;
}

/** A sweep as it lies where a worker can train one of its jobs. */
export interface WorkersSweep {
  readonly folder: string;
  /** Trains the job so that others see it; `trials` does the training, and calls `saved` after each checkpoint. */
  train(sweep: OpenedSweep, trials: (saved: () => void) => RunJob): RunJob;
  /** The job is done with here. */
  close(): Promise<void>;
}

/** One folder for all machines, which has everything as soon as it is written. */
export function sharedFolder(sweepsDir: string): Store {
  const label = path.resolve(sweepsDir);
  return {
    label,
    share: async ({ results }) => ({
      collect: async () => {},
      record: (job, result) => results.record(job, result),
    }),
    open: async (name) => {
      const folder = path.join(label, name);
      if (!existsSync(definitionFile(folder))) throw noSweep(name, label);
      return { folder, train: (_, trials) => trials(() => {}), close: async () => {} };
    },
    close: async () => {},
  };
}

export function noSweep(name: string, label: string): UsageError {
  return new UsageError(`there is no sweep "${name}" in ${label}`);
}
