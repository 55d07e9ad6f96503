import { assignAll, parsePath } from '../config/assignments.js';
import { requireUse } from '../config/idle.js';
import { parseConfig } from '../config/load.js';
import type { ModelConfig } from '../config/schema.js';
import { UsageError } from '../errors.js';
import type { ModelInput } from '../model/build.js';
import { planRungs, type Rung, rank } from './rungs.js';
import { LARGEST_SWEEP, type Parameter, type Sweep } from './schema.js';
import { gridPoint, gridSize, type Point, randomPoint, unbounded } from './space.js';

/** A sweep with everything decided but the results. */
export interface Plan {
  readonly sweep: Sweep;
  readonly trials: number;
  readonly rungs: readonly Rung[];
  /** What a trial (from 0) sets. */
  point(trial: number): Point;
  /** @throws UsageError where the values of a trial do not fit together */
  config(trial: number): ModelConfig;
}

/** One training: a trial with one of its seeds, up to a rung's epochs. */
export interface Job {
  readonly trial: number;
  /** Counts from 0: the run's seed is the sweep's plus this. */
  readonly seed: number;
  readonly rung: number;
}

export function jobId({ trial, seed, rung }: Job): string {
  return `${runName({ trial, seed })}-rung${rung}`;
}

/** All rungs of a trial and seed are one run, which goes on. */
export function runName({ trial, seed }: Pick<Job, 'trial' | 'seed'>): string {
  return `trial${String(trial).padStart(4, '0')}-seed${seed}`;
}

/**
 * @param base the config that the points are set in
 * @param isBegun whether it was begun already: values that do nothing are no reason then not to open it
 * @throws UsageError with every problem: paths that are not there, values that the config does not take, too many points
 */
export function planSweep(sweep: Sweep, base: ModelConfig, input: ModelInput, source: string, isBegun = false): Plan {
  const { parameters, seed } = sweep;
  const assignments = (values: Point) =>
    Object.entries(values).map(([path, value]) => ({ path: parsePath(path), value }));
  const setAll = (config: ModelConfig, values: Point, what: string) =>
    parseConfig(assignAll(config, assignments(values)), what, input);
  const setUsed = (config: ModelConfig, values: Point) => {
    const changed = setAll(config, values, source);
    if (!isBegun) requireUse(changed, assignments(values));
    return changed;
  };
  const fixed = setUsed(base, sweep.set);
  if (fixed.training.validationSplit === 0) throw nothingHeldOut('Set a training.validationSplit above 0.');
  requireValues(parameters, source, (values) => setUsed(fixed, values));
  const trials = countTrials(sweep, source);
  const isGrid = sweep.strategy.type === 'grid' || sweep.strategy.trials === undefined;
  const point = (trial: number) => (isGrid ? gridPoint(parameters, trial) : randomPoint(parameters, seed, trial));
  return {
    sweep,
    trials,
    rungs: planRungs(sweep, trials, fixed.training.epochs),
    point,
    config: (trial) => setAll(fixed, point(trial), `${source}, trial ${trial}`),
  };
}

/** A sweep that could not choose. */
export function nothingHeldOut(hint: string): UsageError {
  return new UsageError('a sweep chooses by validation, but nothing is held out', { hint });
}

/** Each value on its own must make a config: a typing error is told before anything trains. */
function requireValues(parameters: Sweep['parameters'], source: string, set: (values: Point) => ModelConfig): void {
  const problems = Object.entries(parameters).flatMap(([path, parameter]) =>
    extremes(parameter).flatMap((value) => {
      try {
        set({ [path]: value });
        return [];
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        const problem = error.problems.length > 0 ? error.problems.join('; ') : error.message;
        return [`parameters["${path}"] = ${JSON.stringify(value)}: ${problem}`];
      }
    }),
  );
  if (problems.length === 0) return;
  throw new UsageError(`sweep ${source} has values that make no config`, {
    problems: problems.slice(0, 20),
    hint: 'Paths are those of the config, e.g. training.batchSize or layers.0.filters.',
  });
}

function extremes(parameter: Parameter): readonly unknown[] {
  return parameter.type === 'choice' ? parameter.values : [parameter.min, parameter.max];
}

function countTrials({ strategy, parameters, limits }: Sweep, source: string): number {
  const asked = strategy.type === 'grid' ? undefined : strategy.trials;
  const trials = asked ?? gridSize(parameters);
  if (trials === undefined) {
    throw new UsageError(`sweep ${source}: a grid needs "steps" for ${unbounded(parameters).join(', ')}`, {
      hint: 'Or draw points at random: "strategy": { "type": "random", "trials": 20 }',
    });
  }
  if (trials > LARGEST_SWEEP) {
    throw new UsageError(
      `sweep ${source}: the grid has ${trials.toLocaleString('en')} points, at most ${LARGEST_SWEEP.toLocaleString('en')}`,
      {
        hint: 'Draw some of them: "strategy": { "type": "random", "trials": 100 }',
      },
    );
  }
  return Math.min(trials, limits.trials ?? trials);
}

/** What became of a job, so far as the next rung needs it: the metric, or undefined where the training failed. */
export type Scores = ReadonlyMap<string, number | undefined>;

/** The jobs that are to run next: those of the first rung that is not done. None when the sweep is over. */
export function pendingJobs(plan: Plan, scores: Scores): Job[] {
  for (const rung of plan.rungs.keys()) {
    const pending = rungJobs(plan, scores, rung)?.filter((job) => !scores.has(jobId(job))) ?? [];
    if (pending.length > 0) return pending;
  }
  return [];
}

/** Every job of a rung, the best trials of the rung before first; undefined while that is not done. */
export function rungJobs(plan: Plan, scores: Scores, rung: number): Job[] | undefined {
  const trials = survivors(plan, scores, rung);
  return trials?.flatMap((trial) => seeds(plan).map((seed) => ({ trial, seed, rung })));
}

function survivors(plan: Plan, scores: Scores, rung: number): number[] | undefined {
  if (rung === 0) return Array.from({ length: plan.trials }, (_, trial) => trial);
  const before = rungJobs(plan, scores, rung - 1);
  if (before === undefined || before.some((job) => !scores.has(jobId(job)))) return undefined;
  const trials = [...new Set(before.map(({ trial }) => trial))];
  const means = trialScores(plan, scores, trials, rung - 1);
  // A trial that has failed would fail again.
  const ranked = rank(means, plan.sweep).filter((trial) => means.get(trial) !== undefined);
  return ranked.slice(0, plan.rungs[rung]?.trials ?? 0);
}

/**
 * The trials of the last rung that is done, best first; undefined while the first is not. Those that failed are not among
 * them: where all did, it is the rung before that tells who was the best of the others.
 */
export function ranking(plan: Plan, scores: Scores): number[] | undefined {
  const failed = new Set<number>();
  let isBegun = false;
  for (const rung of [...plan.rungs.keys()].reverse()) {
    const jobs = rungJobs(plan, scores, rung);
    if (jobs?.every((job) => scores.has(jobId(job))) !== true) continue;
    isBegun = true;
    const trials = [...new Set(jobs.map(({ trial }) => trial))].filter((trial) => !failed.has(trial));
    const means = trialScores(plan, scores, trials, rung);
    const ranked = rank(means, plan.sweep).filter((trial) => means.get(trial) !== undefined);
    if (ranked.length > 0) return ranked;
    for (const trial of trials) failed.add(trial);
  }
  return isBegun ? [] : undefined;
}

/** Each trial's mean over its seeds at a rung; undefined where one of them failed. */
export function trialScores(plan: Plan, scores: Scores, trials: readonly number[], rung: number) {
  return new Map(
    trials.map((trial) => {
      const values = seeds(plan).map((seed) => scores.get(jobId({ trial, seed, rung })));
      const sum = values.reduce((a, b) => (a === undefined || b === undefined ? undefined : a + b), 0);
      return [trial, sum === undefined ? undefined : sum / values.length] as const;
    }),
  );
}

function seeds({ sweep }: Plan): number[] {
  return Array.from({ length: sweep.seeds }, (_, seed) => seed);
}
