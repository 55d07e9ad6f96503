import type { Context } from '../../context.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import { localBackend, planSlots } from '../../sweep/local.js';
import { runSweep, type SweepEvent } from '../../sweep/run.js';
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
  const { plan, results } = sweep;
  const { minutes } = plan.sweep.limits;
  const gpus = await visibleGpus(env);
  const slots = planSlots(workers ?? Math.max(1, gpus.length, Math.floor(cores / 2)), cores, gpus);
  const backend = localBackend(slots, trialProcesses(sweep, { command: program, flags, env }));
  const { signal, release } = interrupts.hold(() => reporter.close());
  try {
    const deadline = minutes === undefined ? undefined : Date.now() + minutes * 60_000;
    for await (const event of runSweep({ plan, results, backend, signal, deadline })) reporter.handle(event);
  } finally {
    release();
    reporter.close();
  }
  return summariseSweep(sweep);
}

/** The GPUs that trials may have, as `CUDA_VISIBLE_DEVICES` names them. */
async function visibleGpus(env: Context['env']): Promise<string[]> {
  const visible = env.CUDA_VISIBLE_DEVICES?.split(',').filter((name) => name !== '' && name !== '-1');
  if (visible !== undefined) return visible;
  const { queryNvidia } = await import('../../engine/native/diagnose/nvidia.js');
  const nvidia = await queryNvidia(env);
  return nvidia.status === 'ok' ? nvidia.gpus.map(({ index }) => String(index)) : [];
}
