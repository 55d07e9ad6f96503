import path from 'node:path';
import type { Context } from '../../context.js';
import { DataError, UsageError } from '../../errors.js';
import { packageVersion } from '../../package.js';
import { thisProcess } from '../../runs/process-identity.js';
import { planSlots, type RunJob } from '../../sweep/local.js';
import { openServer, requireSameClock } from '../../sweep/queue/redis.js';
import { definitionHash, type TrialJob } from '../../sweep/queue/trial-job.js';
import { serveTrials, type WorkerEvent } from '../../sweep/queue/worker.js';
import { type TrialProcessOptions, trialProcesses } from '../../sweep/trial-process.js';
import { openSweep } from './open.js';
import { trialEnvironment, visibleGpus } from './run.js';
import { requireJob } from './trial.js';

export interface WorkerRequest {
  /** URL of the Redis server; it is never told. */
  readonly redis: string;
  /** Where the sweeps lie, the same folder for all workers. */
  readonly sweepsDir: string;
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
  { redis, sweepsDir, workers, lostAfterSeconds, flags }: WorkerRequest,
  { env, cores, program, interrupts }: Context,
  tell: (event: WorkerEvent) => void,
): Promise<void> {
  const { signal, release } = interrupts.hold(() => {});
  try {
    const notify = (message: string) => tell({ event: 'notice', message });
    const server = await openServer({ url: redis, notify, signal });
    if (server === undefined) return;
    try {
      await requireSameClock(server);
      const gpus = await visibleGpus(env);
      const { host, pid } = thisProcess();
      const name = `${host}:${pid}`;
      const slots = planSlots(workers ?? Math.max(1, gpus.length, Math.floor(cores / 2)), cores, gpus);
      const process = { command: program, flags, env: trialEnvironment(env) };
      await serveTrials(
        {
          server,
          name,
          version: packageVersion(),
          slots: slots.map((slot, i) => ({ ...slot, name: slots.length === 1 ? name : `${name}/${i + 1}` })),
          lostAfterMs: lostAfterSeconds * 1000,
          openSweep: (job) => openJobSweep(job, sweepsDir, process),
          tell,
        },
        signal,
      );
    } finally {
      server.close();
    }
  } finally {
    release();
  }
}

/** @throws DataError where the sweep does not lie here, UsageError where another one has its name, or it has no such job */
async function openJobSweep(job: TrialJob, sweepsDir: string, process: TrialProcessOptions): Promise<RunJob> {
  const folder = path.resolve(sweepsDir, job.sweep);
  const definition = await definitionHash(folder).catch((cause: unknown) => {
    throw new DataError(`there is no sweep "${job.sweep}" in ${path.resolve(sweepsDir)}`, { cause });
  });
  if (definition !== job.definition) {
    throw new UsageError(`the sweep "${job.sweep}" in ${path.resolve(sweepsDir)} is another one of that name`);
  }
  const sweep = await openSweep(folder, sweepsDir);
  requireJob(sweep, { trial: job.trial, seed: job.seed, rung: job.rung });
  return trialProcesses(sweep, process);
}
