import path from 'node:path';
import { LARGEST_SEED } from '../../config/defaults.js';
import type { Context } from '../../context.js';
import { EXIT, UsageError } from '../../errors.js';
import type { RunRecord } from '../../runs/read.js';
import { removeRun } from '../../runs/remove.js';
import { standingOf } from '../../runs/standing.js';
import { spread } from '../../statistics.js';
import { type SeedRun, type SeedsEnd, TESTS, type Test } from '../../training/contracts/seeds.js';
import { requireEqualRun } from '../../training/loop/same-run.js';
import { type TrainRequest, trainRequestSchema } from './request.js';
import { type OpenReporter, type RunOutcome, trainRun } from './train.js';

/** All runs with their tests, or the one that stopped or failed as the others would. */
export type SeedsOutcome = { readonly end: SeedsEnd } | { readonly broken: RunOutcome };

/** What a run's last event and its summary say. */
type Summary = RunRecord['summary'];

/**
 * Trains the same settings with so many seeds, counted from their own, one after the other; each run is called by the
 * name, or else the model's, and its seed. What an earlier call has finished is not trained again, nor what has diverged,
 * for it would again; what was begun goes on from its checkpoint.
 *
 * @param request the least that the mean must reach is for whoever asks to judge
 * @throws UsageError where a run of that name has other settings, and for seeds beyond the largest
 */
export async function trainSeeds(
  request: TrainRequest,
  seeds: number,
  context: Context,
  openReporter: OpenReporter,
): Promise<SeedsOutcome> {
  const { minAccuracy: _, ...training } = trainRequestSchema.parse(request);
  const first = training.run;
  if (first.type !== 'new') throw new UsageError('a run that goes on has its seed');
  const { settings, name = settings.config.name } = first;
  if (settings.seed + seeds - 1 > LARGEST_SEED) {
    throw new UsageError(`${seeds} seeds from ${settings.seed} on go beyond the largest, ${LARGEST_SEED}`, {
      hint: 'Begin with a smaller --seed.',
    });
  }
  const runs: SeedRun[] = [];
  for (let seed = settings.seed; seed < settings.seed + seeds; seed++) {
    const run = { ...first, settings: { ...settings, seed }, name: `${name}-seed${seed}` };
    const folder = path.join(training.runsDir, run.name);
    const standing = await standingOf(folder);
    if ('settings' in standing) requireEqualRun(standing.settings, run.settings, run.name);
    if (standing.type === 'lost') await removeRun(folder);
    let summary: Summary | undefined = 'summary' in standing ? standing.summary : undefined;
    if (summary === undefined || !isOver(summary)) {
      const goesOn = standing.type === 'begun';
      const request = { ...training, run: goesOn ? ({ type: 'resume', run: run.name } as const) : run };
      const outcome = await trainRun(request, context, openReporter);
      summary = outcome.end;
      if (!isOver(summary)) return { broken: outcome };
    }
    const { exitCode, message = '', seconds = 0 } = summary;
    const diverged = exitCode === EXIT.diverged && { diverged: message };
    runs.push({ run: folder, seed, seconds, accuracies: accuraciesOf(summary), ...diverged });
  }
  return { end: { event: 'seeds_end', model: settings.config.name, runs, spread: spreads(runs) } };
}

/** A run that diverged would do so again. */
function isOver({ status, exitCode }: Summary): boolean {
  return status === 'completed' || exitCode === EXIT.diverged;
}

function accuraciesOf({ testAccuracy, emaTestAccuracy, ttaTest }: Summary): SeedRun['accuracies'] {
  const all: Record<Test, number | null | undefined> = {
    test: testAccuracy,
    emaTest: emaTestAccuracy,
    ttaTest: ttaTest?.accuracy,
    emaTtaTest: ttaTest?.emaAccuracy,
  };
  return Object.fromEntries(Object.entries(all).filter(([, accuracy]) => typeof accuracy === 'number'));
}

/** Of the accuracies that all runs have which did not diverge. */
function spreads(runs: readonly SeedRun[]): SeedsEnd['spread'] {
  const whole = runs.filter(({ diverged }) => diverged === undefined);
  if (whole.length < 2) return {};
  return Object.fromEntries(
    TESTS.flatMap((test) => {
      const values = whole.flatMap(({ accuracies }) => accuracies[test] ?? []);
      return values.length === whole.length ? [[test, spread(values)]] : [];
    }),
  );
}
