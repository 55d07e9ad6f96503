import type { OpenedSweep } from './definition.js';
import { importances } from './importance.js';
import { jobId, pendingJobs, ranking, rungJobs, runName, trialScores } from './plan.js';
import { scoresOf } from './run.js';
import { rank } from './rungs.js';
import type { Point } from './space.js';

/** One trial of a sweep, as far as it came. */
export interface TrialSummary {
  readonly trial: number;
  readonly parameters: Point;
  /** `pending` as long as it may still be trained further. */
  readonly status: 'completed' | 'failed' | 'eliminated' | 'pending';
  /** Mean over its seeds at the highest rung that all of them have reached. */
  readonly score: number | null;
  readonly epochs: number;
  readonly message?: string | undefined;
}

export interface SweepSummary {
  readonly name: string;
  readonly folder: string;
  readonly metric: string;
  /** Whether nothing is left to train. */
  readonly isOver: boolean;
  /** Trainings that have a result. */
  readonly done: number;
  /** Best first. */
  readonly trials: readonly TrialSummary[];
  /** The best trial and the run of its first seed; undefined before the first rung is done, and where all failed. */
  readonly best: { readonly trial: number; readonly run: string } | undefined;
  /** By parameter: how much of the metric's order it explains, from 0 to 1; empty for fewer than four trials. */
  readonly importance: Readonly<Record<string, number>>;
}

/** Where a sweep stands: its trials in the order of how far they came and how well they did. */
export async function summariseSweep({ name, folder, plan, results }: OpenedSweep): Promise<SweepSummary> {
  const records = await results.all();
  const scores = scoresOf(records);
  // Who trains in each rung, as far as that is decided.
  const members = plan.rungs.map((_, rung) => {
    const jobs = rungJobs(plan, scores, rung);
    return jobs && new Set(jobs.map(({ trial }) => trial));
  });
  const statusOf = (trial: number, reached: number): TrialSummary['status'] => {
    if (reached === plan.rungs.length - 1) return 'completed';
    return members[reached + 1]?.has(trial) === false ? 'eliminated' : 'pending';
  };
  const trials = Array.from({ length: plan.trials }, (_, trial): TrialSummary & { rung: number } => {
    const seeds = Array.from({ length: plan.sweep.seeds }, (_, seed) => seed);
    const reached = plan.rungs.findLastIndex((_, rung) =>
      seeds.every((seed) => scores.has(jobId({ trial, seed, rung }))),
    );
    const own = seeds.flatMap((seed) => records.get(jobId({ trial, seed, rung: reached })) ?? []);
    const failure = own.find(({ status }) => status === 'failed');
    return {
      trial,
      rung: reached,
      parameters: plan.point(trial),
      status: failure ? 'failed' : statusOf(trial, reached),
      score: trialScores(plan, scores, [trial], reached).get(trial) ?? null,
      epochs: Math.max(0, ...own.map(({ epochs }) => epochs)),
      message: failure?.message,
    };
  });
  const best = ranking(plan, scores)?.[0];
  const order = rank(new Map(trials.map(({ trial, score }) => [trial, score ?? undefined])), plan.sweep);
  // Sorting keeps the order of those that came as far.
  const sorted = order.map((trial) => trials[trial] as (typeof trials)[number]).sort((a, b) => b.rung - a.rung);
  return {
    name,
    folder,
    metric: plan.sweep.metric,
    isOver: pendingJobs(plan, scores).length === 0,
    done: records.size,
    trials: sorted.map(({ rung: _, ...trial }) => trial),
    best: best === undefined ? undefined : { trial: best, run: runName({ trial: best, seed: 0 }) },
    importance: importances(
      trials
        .filter(({ rung }) => rung >= 0)
        .map(({ trial, parameters }) => {
          const score = trialScores(plan, scores, [trial], 0).get(trial);
          return { parameters, score: score ?? undefined };
        }),
    ),
  };
}
