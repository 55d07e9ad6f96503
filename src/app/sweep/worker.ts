import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { thisProcess } from '../../files/process-identity.js';
import { packageVersion } from '../../package.js';
import { planSlots, type RunJob } from '../../sweep/local.js';
import { openServer, requireSameClock } from '../../sweep/queue/redis.js';
import { definitionHash, type TrialJob } from '../../sweep/queue/trial-job.js';
import { serveTrials, type WorkerEvent } from '../../sweep/queue/worker.js';
import { openStore } from '../../sweep/store/open.js';
import type { Store } from '../../sweep/store/store.js';
import { type TrialProcessOptions, trialProcesses } from '../../sweep/trial-process.js';
import { openSweep } from './open.js';
import { trialEnvironment, visibleGpus } from './run.js';
import { requireJob } from './trial.js';

export interface WorkerRequest {
  /** URL of the Redis server; it is never told. */
  readonly redis: string;
  /** Where the sweeps lie, the same folder for all workers; with a store, where trials lie while they are trained. */
  readonly sweepsDir: string;
  /** The bucket that all workers share in place of a folder. */
  readonly store?: string | undefined;
  /** Trials at the same time; as many as there are GPUs, else one for each two cores, when left out. */
  readonly workers?: number | undefined;
  readonly lostAfterSeconds: number;
  /** Flags of every trial, e.g. `--device cpu`. */
  readonly flags: readonly string[];
}

/**
 * Trains what sweeps have put into the queue, until it is told to stop.
 *
 * @throws UsageError, DataError, EngineError for a server, a clock, a version or a machine with which it cannot
 */
export async function runWorker(
  { redis, store: url, sweepsDir, workers, lostAfterSeconds, flags }: WorkerRequest,
  { env, cores, program, interrupts }: Context,
  tell: (event: WorkerEvent) => void,
): Promise<void> {
  const { signal, release } = interrupts.hold(() => {});
  try {
    const notify = (message: string) => tell({ event: 'notice', message });
    const server = await openServer({ url: redis, notify, signal });
    if (server === undefined) return;
    let store: Store | undefined;
    try {
      await requireSameClock(server);
      store = await openStore({ url, sweepsDir, env, notify, signal });
      if (store === undefined) return;
      const open = openJobs(store, sweepsDir, { command: program, flags, env: trialEnvironment(env) });
      const gpus = await visibleGpus(env);
      const { host, pid } = thisProcess();
      const name = `${host}:${pid}`;
      const slots = planSlots(workers ?? Math.max(1, gpus.length, Math.floor(cores / 2)), cores, gpus);
      await serveTrials(
        {
          server,
          name,
          version: packageVersion(),
          slots: slots.map((slot, i) => ({ ...slot, name: slots.length === 1 ? name : `${name}/${i + 1}` })),
          lostAfterMs: lostAfterSeconds * 1000,
          openSweep: open,
          tell,
        },
        signal,
      );
    } finally {
      await store?.close();
      server.close();
    }
  } finally {
    release();
  }
}

/** How a job is trained. @throws UsageError where its sweep is not in the store, is another one, or has no such job */
function openJobs(store: Store, sweepsDir: string, process: TrialProcessOptions): (job: TrialJob) => Promise<RunJob> {
  return async (job) => {
    const held = await store.open(job.sweep);
    try {
      if ((await definitionHash(held.folder)) !== job.definition) {
        throw new UsageError(`the sweep "${job.sweep}" in ${store.label} is another one of that name`);
      }
      const sweep = await openSweep(held.folder, sweepsDir);
      requireJob(sweep, { trial: job.trial, seed: job.seed, rung: job.rung });
      const train = held.train(sweep, (saved) => trialProcesses(sweep, { ...process, saved }));
      return (...training) => train(...training).finally(held.close);
    } catch (error) {
      await held.close();
      throw error;
    }
  };
}
