import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Context } from '../../context.js';
import { DataError, EXIT, FmnistError, UsageError } from '../../errors.js';
import { hasCheckpoint } from '../../runs/directory.js';
import { RunBusyError } from '../../runs/lock.js';
import { removeRun } from '../../runs/remove.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import { requireSameEngine } from '../../sweep/engine.js';
import { type Job, runName } from '../../sweep/plan.js';
import { makeResult, type Result } from '../../sweep/results.js';
import { jobsOf } from '../../sweep/run.js';
import type { EpochEnd, TrainingEvent } from '../../training/contracts/events.js';
import type { TrainRequest } from '../train/request.js';
import { type OpenReporter, type RunOutcome, trainRun } from '../train/train.js';

/** How a trial is trained on this machine; none of it changes its result. */
export type TrialRequest = Pick<TrainRequest, 'device' | 'threads' | 'dataDir' | 'offline'>;

/** Whoever trained the run before may still be saving it, or be lost, which its lock tells after two minutes. */
const BUSY_MS = 150_000;

/** Failures that are the trial's own and would come again anywhere; others are the machine's. */
const OWN_FAILURES: ReadonlySet<number> = new Set([EXIT.usage, EXIT.outOfMemory, EXIT.diverged]);

/**
 * Trains a job of a sweep, from its last checkpoint where it has one, and records its result. A job that has a result is
 * not trained again.
 *
 * @returns undefined when it was told to stop: the job has no result yet, and goes on next time
 * @throws DataError, EngineError for what is wrong with this machine rather than with the trial
 */
export async function runTrial(
  sweep: OpenedSweep,
  job: Job,
  request: TrialRequest,
  context: Context,
  openReporter: OpenReporter,
): Promise<Result | undefined> {
  const known = await sweep.results.get(job);
  if (known !== undefined) return known;
  const history: EpochEnd[] = [];
  const openCollector: OpenReporter = async (control) => {
    const reporter = await openReporter(control);
    return {
      handle: (event) => {
        if (event.event === 'run_start') requireSameEngine(sweep.folder, event.engine);
        collect(history, event);
        reporter.handle(event);
      },
      close: () => reporter.close(),
    };
  };
  let failure: FmnistError | undefined;
  try {
    const { end, error } = await trainOrWait(sweep, job, request, context, openCollector);
    if (error !== undefined) throw error;
    if (end.exitCode !== EXIT.ok) return undefined;
  } catch (error) {
    if (!(error instanceof FmnistError) || !OWN_FAILURES.has(error.exitCode)) throw error;
    failure = error;
  }
  const result = makeResult(sweep.plan, job, history, failure);
  await sweep.results.record(job, result);
  return result;
}

function collect(history: EpochEnd[], event: TrainingEvent): void {
  if (event.event === 'run_start') history.push(...(event.history ?? []));
  if (event.event === 'epoch_end') history.push(event);
}

/** Goes on with the job's run, or begins it; waits while another process holds it. */
async function trainOrWait(
  sweep: OpenedSweep,
  job: Job,
  request: TrialRequest,
  context: Context,
  openReporter: OpenReporter,
): Promise<RunOutcome> {
  const deadline = Date.now() + BUSY_MS;
  for (;;) {
    try {
      return await trainRun(await trainRequest(sweep, job, request), context, openReporter);
    } catch (error) {
      if (!(error instanceof RunBusyError) || Date.now() > deadline) throw error;
      await setTimeout(1_000);
    }
  }
}

async function trainRequest(sweep: OpenedSweep, job: Job, request: TrialRequest): Promise<TrainRequest> {
  const { plan, runsDir, settings } = sweep;
  const name = runName(job);
  const folder = path.join(runsDir, name);
  const origin = { name: sweep.name, trial: job.trial, seed: job.seed };
  const common = { ...request, runsDir, sweep: origin, pauseAfterEpoch: plan.rungs[job.rung]?.epochs, test: false };
  const place = await fs.lstat(folder).catch(() => undefined);
  if (place !== undefined && !place.isDirectory()) {
    throw new DataError(`${folder} is not the folder of a run`, { hint: 'Remove it; the trial then begins again.' });
  }
  if (await hasCheckpoint(folder)) return { run: { type: 'resume', run: name }, ...common };
  // A run that was killed before its first checkpoint is begun again.
  if (place !== undefined) await removeRun(folder);
  const own = { ...settings, config: plan.config(job.trial), seed: settings.seed + job.seed };
  return { run: { type: 'new', settings: own, name }, ...common };
}

/**
 * A training by its trial and seed; whether the trial has come to the rung, whoever asks knows.
 * @throws UsageError where there is none
 */
export function requireJob({ plan }: OpenedSweep, job: Job): Job {
  const limits = { trial: plan.trials, seed: plan.sweep.seeds, rung: plan.rungs.length } as const;
  for (const [key, limit] of Object.entries(limits) as [keyof Job, number][]) {
    if (job[key] >= limit) throw noSuch(key, job[key], limit);
  }
  return job;
}

function noSuch(key: keyof Job, wanted: number, limit: number): UsageError {
  const there = limit === 1 ? `one ${key}, number 0` : `${limit} ${key}s, counted from 0`;
  return new UsageError(`--${key} ${wanted}: the sweep has ${there}`);
}

/**
 * The training with this index in a rung; undefined where fewer went on than were planned, since trials failed.
 * @throws UsageError where there is none, or the rung before is not done
 */
export async function jobAt(sweep: OpenedSweep, rung: number, index: number): Promise<Job | undefined> {
  const { plan } = sweep;
  if (rung >= plan.rungs.length) {
    throw noSuch('rung', rung, plan.rungs.length);
  }
  const jobs = await jobsOf(sweep, rung);
  if (jobs === undefined) {
    throw new UsageError(`--rung ${rung}: the rung before it is not done`, {
      hint: 'Its best trials go on: train that rung to its end first.',
    });
  }
  const planned = (plan.rungs[rung]?.trials ?? 0) * plan.sweep.seeds;
  if (index < planned) return jobs[index];
  throw new UsageError(`--index ${index}: rung ${rung} has ${planned} trainings, counted from 0`);
}
