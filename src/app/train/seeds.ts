import path from 'node:path';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import type { RunRecord } from '../../runs/read.js';
import { removeRun } from '../../runs/remove.js';
import { standingOf } from '../../runs/standing.js';
import { spread } from '../../statistics.js';
import { type SeedRun, type SeedsEnd, TESTS, type Test } from '../../training/contracts/seeds.js';
import { requireEqualRun } from '../../training/loop/same-run.js';
import { type TrainRequest, trainRequestSchema } from './request.js';
import { type OpenReporter, type RunOutcome, trainRun } from './train.js';

/** All runs with their tests, or the one that did not come to its end. */
export type SeedsOutcome = { readonly end: SeedsEnd } | { readonly broken: RunOutcome };

/** A run that has a test. */
type Tested = Pick<RunRecord['summary'], 'testAccuracy' | 'emaTestAccuracy' | 'ttaTest' | 'seconds'>;

/**
 * Trains the same settings with so many seeds, counted from their own, one after the other; each run is called by the
 * name, or else the model's, and its seed. What an earlier call has finished is not trained again, and what it has begun
 * goes on from its checkpoint.
 *
 * @param request the least that the mean must reach is for whoever asks to judge
 * @throws UsageError where a run of that name has other settings
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
  const runs: SeedRun[] = [];
  for (let seed = settings.seed; seed < settings.seed + seeds; seed++) {
    const run = { ...first, settings: { ...settings, seed }, name: `${name}-seed${seed}` };
    const folder = path.join(training.runsDir, run.name);
    const standing = await standingOf(folder);
    if ('settings' in standing) requireEqualRun(standing.settings, run.settings, run.name);
    if (standing.type === 'lost') await removeRun(folder);
    let tested: Tested | undefined = standing.type === 'completed' ? standing.summary : undefined;
    if (tested === undefined) {
      const goesOn = standing.type === 'begun';
      const request = { ...training, run: goesOn ? ({ type: 'resume', run: run.name } as const) : run };
      const outcome = await trainRun(request, context, openReporter);
      if (outcome.end.status !== 'completed') return { broken: outcome };
      tested = outcome.end;
    }
    runs.push({ run: folder, seed, seconds: tested.seconds ?? 0, accuracies: accuraciesOf(tested) });
  }
  return { end: { event: 'seeds_end', model: settings.config.name, runs, spread: spreads(runs) } };
}

function accuraciesOf({ testAccuracy, emaTestAccuracy, ttaTest }: Tested): SeedRun['accuracies'] {
  const all: Record<Test, number | null | undefined> = {
    test: testAccuracy,
    emaTest: emaTestAccuracy,
    ttaTest: ttaTest?.accuracy,
    emaTtaTest: ttaTest?.emaAccuracy,
  };
  return Object.fromEntries(Object.entries(all).filter(([, accuracy]) => typeof accuracy === 'number'));
}

/** Of the accuracies that all runs have. */
function spreads(runs: readonly SeedRun[]): SeedsEnd['spread'] {
  return Object.fromEntries(
    TESTS.flatMap((test) => {
      const values = runs.flatMap(({ accuracies }) => accuracies[test] ?? []);
      return values.length === runs.length ? [[test, spread(values)]] : [];
    }),
  );
}
