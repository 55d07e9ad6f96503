import type { Backend, BackendEvent } from './backend.js';
import { type Job, type Plan, pendingJobs, rungJobs, type Scores } from './plan.js';
import type { Results } from './results.js';

export type SweepEvent =
  | { readonly event: 'rung_start'; readonly rung: number; readonly jobs: number; readonly done: number }
  | BackendEvent;

export interface RunSweepOptions {
  readonly plan: Plan;
  readonly results: Results;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  /** No job starts after this moment, in milliseconds since the epoch. */
  readonly deadline?: number | undefined;
  readonly now?: () => number;
}

/**
 * Runs what is left of a sweep, rung after rung. What has a result is not run again, so that a sweep that was stopped or
 * killed goes on where it was. It ends early when the signal aborts or the deadline passes.
 */
export async function* runSweep(options: RunSweepOptions): AsyncGenerator<SweepEvent, void> {
  const { plan, results, backend, now = Date.now } = options;
  const deadline = options.deadline ?? Number.POSITIVE_INFINITY;
  const timeout = deadline - now();
  const late = Number.isFinite(timeout) ? [AbortSignal.timeout(Math.max(0, timeout))] : [];
  const signal = AbortSignal.any([options.signal, ...late]);
  while (!signal.aborted) {
    const scores = scoresOf(await results.all());
    const jobs = pendingJobs(plan, scores);
    const [first] = jobs;
    if (first === undefined) return;
    const rungJobs = (plan.rungs[first.rung]?.trials ?? 0) * plan.sweep.seeds;
    yield { event: 'rung_start', rung: first.rung, jobs: rungJobs, done: rungJobs - jobs.length };
    yield* backend.run(jobs, signal);
  }
}

/**
 * Every job of a rung, as {@link rungJobs}. Results are read where they decide who goes on, which is not in the first rung:
 * each of its thousands of jobs would read all others'.
 */
export async function jobsOf(
  { plan, results }: { readonly plan: Plan; readonly results: Results },
  rung: number,
): Promise<readonly Job[] | undefined> {
  return rungJobs(plan, rung === 0 ? new Map() : scoresOf(await results.all()), rung);
}

/** What ranking needs of the results. */
export function scoresOf(results: ReadonlyMap<string, { readonly score: number | null }>): Scores {
  return new Map([...results].map(([name, { score }]) => [name, score ?? undefined]));
}
