import path from 'node:path';
import type { Context } from '../../context.js';
import { packageVersion } from '../../package.js';
import type { Backend } from '../../sweep/backend.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import { localBackend, planSlots } from '../../sweep/local.js';
import { queueBackend } from '../../sweep/queue/backend.js';
import { openServer } from '../../sweep/queue/redis.js';
import { runSweep, type SweepEvent } from '../../sweep/run.js';
import { openStore } from '../../sweep/store/open.js';
import type { Store } from '../../sweep/store/store.js';
import { type SweepSummary, summariseSweep } from '../../sweep/summary.js';
import { trialProcesses } from '../../sweep/trial-process.js';

export interface LocalSweepRequest {
  /** Trials at the same time; as many as there are GPUs, else one for each two cores, when left out. */
  readonly workers?: number | undefined;
  /** Flags of every trial, e.g. `--device cpu`. */
  readonly flags: readonly string[];
}

/** Shows a sweep to somebody. */
export interface SweepReporter {
  handle(event: SweepEvent): void;
  /** Gives the terminal back; safe to call more than once. */
  close(): void;
}

/**
 * Runs what is left of a sweep in a pool of processes on this machine. Told to stop, it lets the trials save and end.
 *
 * @returns where it stands then
 */
export async function runLocalSweep(
  sweep: OpenedSweep,
  { workers, flags }: LocalSweepRequest,
  { env, cores, program, interrupts }: Context,
  reporter: SweepReporter,
): Promise<SweepSummary> {
  const gpus = await visibleGpus(env);
  const slots = planSlots(workers ?? Math.max(1, gpus.length, Math.floor(cores / 2)), cores, gpus);
  const process = { command: program, flags, env: trialEnvironment(env) };
  const backend = localBackend(slots, trialProcesses(sweep, process));
  await held(interrupts, reporter, (signal) => runOn(backend, sweep, reporter, signal));
  return summariseSweep(sweep);
}

export interface QueuedSweepRequest {
  /** URL of the Redis server; it is never told. */
  readonly redis: string;
  /** The bucket that all machines share in place of a folder. */
  readonly store: string | undefined;
}

/**
 * Runs what is left of a sweep by workers elsewhere, through a Redis server. It can be stopped or killed and run again:
 * what workers train meanwhile is not lost.
 *
 * @returns where the sweep stands then
 */
export async function runQueuedSweep(
  sweep: OpenedSweep,
  { redis, store: url }: QueuedSweepRequest,
  { env, interrupts }: Context,
  reporter: SweepReporter,
): Promise<SweepSummary> {
  await held(interrupts, reporter, async (signal) => {
    const notify = (message: string) => reporter.handle({ event: 'notice', message });
    const server = await openServer({ url: redis, notify, signal });
    if (server === undefined) return;
    let store: Store | undefined;
    try {
      store = await openStore({ url, sweepsDir: path.dirname(sweep.folder), env, notify, signal });
      if (store === undefined) return;
      const shared = await store.share(sweep);
      await runOn(queueBackend(sweep, shared, server, packageVersion()), sweep, reporter, signal);
    } finally {
      await store?.close();
      server.close();
    }
  });
  return summariseSweep(sweep);
}

async function held(
  interrupts: Context['interrupts'],
  reporter: SweepReporter,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal, release } = interrupts.hold(() => reporter.close());
  try {
    await work(signal);
  } finally {
    release();
    reporter.close();
  }
}

async function runOn(
  backend: Backend,
  { plan, results }: OpenedSweep,
  reporter: SweepReporter,
  signal: AbortSignal,
): Promise<void> {
  const { minutes } = plan.sweep.limits;
  const deadline = minutes === undefined ? undefined : Date.now() + minutes * 60_000;
  for await (const event of runSweep({ plan, results, backend, signal, deadline })) reporter.handle(event);
}

/** The environment of a trial's process: what it need not know, others cannot learn from it. */
export function trialEnvironment(env: Context['env']): Context['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:AWS_|REDIS_URL$|FMNIST_REDIS$)/.test(name)));
}

/** The GPUs that trials may have, as `CUDA_VISIBLE_DEVICES` names them. */
export async function visibleGpus(env: Context['env']): Promise<string[]> {
  const visible = env.CUDA_VISIBLE_DEVICES?.split(',').filter((name) => name !== '' && name !== '-1');
  if (visible !== undefined) return visible;
  const { queryNvidia } = await import('../../engine/native/diagnose/nvidia.js');
  const nvidia = await queryNvidia(env);
  return nvidia.status === 'ok' ? nvidia.gpus.map(({ index }) => String(index)) : [];
}
