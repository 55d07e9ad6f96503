import path from 'node:path';
import * as z from 'zod';
import { commandLine } from '../../command-line.js';
import type { Context } from '../../context.js';
import { DataError, UsageError } from '../../errors.js';
import { errorCode } from '../../files/errors.js';
import { nodeFileSystem, writeOnce } from '../../files/file-system.js';
import { readIfThere } from '../../files/read.js';
import { parsePlainJson } from '../../json/scan.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import { ranking, runName } from '../../sweep/plan.js';
import { scoresOf } from '../../sweep/run.js';
import { type OpenReporter, trainRun } from '../train/train.js';
import type { TrialRequest } from './trial.js';

const MOST_BYTES = 1024 ** 2;
const AGAIN = 'Remove it to test the best trial again.';

const finishSchema = z.strictObject({
  v: z.literal(1),
  trial: z.int().nonnegative(),
  parameters: z.record(z.string(), z.json()),
  /** One a seed. */
  runs: z.array(z.strictObject({ run: z.string(), testAccuracy: z.number(), testLoss: z.number() })),
});

/** The best trial of a sweep with what the test images said of it. */
export type Finish = z.output<typeof finishSchema>;

/**
 * Trains the best trial to its end where the sweep did not, and tests it. The test images are looked at once: what they
 * said is kept, and told again when asked for again.
 *
 * @returns undefined when it was told to stop
 * @throws UsageError before the first rung is done, and where every trial failed
 */
export async function finishSweep(
  sweep: OpenedSweep,
  request: TrialRequest,
  context: Context,
  openReporter: OpenReporter,
): Promise<Finish | undefined> {
  const file = path.join(sweep.folder, 'finish.json');
  const known = await readIfThere(file, { most: MOST_BYTES, hint: AGAIN });
  if (known !== undefined) return parseFinish(String(known), file);
  const ranked = ranking(sweep.plan, scoresOf(await sweep.results.all()));
  if (ranked === undefined) {
    throw new UsageError(`sweep ${sweep.name} has no best trial yet`, {
      hint: `Train its first rung: ${commandLine('sweep', 'run', sweep.folder)}`,
    });
  }
  const [trial] = ranked;
  if (trial === undefined) {
    throw new UsageError(`sweep ${sweep.name} has no best trial: all of them failed`, {
      hint: `See why: ${commandLine('sweep', 'show', sweep.folder)}`,
    });
  }
  const runs: Finish['runs'] = [];
  for (let seed = 0; seed < sweep.plan.sweep.seeds; seed++) {
    const run = runName({ trial, seed });
    const { end, error } = await trainRun(
      { run: { type: 'resume', run }, runsDir: sweep.runsDir, ...request },
      context,
      openReporter,
    );
    if (error !== undefined) throw error;
    if (end.testAccuracy === null || end.testLoss === null) return undefined;
    runs.push({ run, testAccuracy: end.testAccuracy, testLoss: end.testLoss });
  }
  // What a sweep file holds is JSON.
  const finish: Finish = { v: 1, trial, parameters: sweep.plan.point(trial) as Finish['parameters'], runs };
  try {
    await writeOnce(nodeFileSystem, file, [Buffer.from(`${JSON.stringify(finish, null, 2)}\n`)]);
  } catch (cause) {
    throw new DataError(`what the test said cannot be kept in ${file}: ${errorCode(cause) ?? cause}`, {
      hint: 'Make room there and finish again: nothing is trained again.',
      cause,
    });
  }
  return finish;
}

function parseFinish(text: string, file: string): Finish {
  const parsed = finishSchema.safeParse(parsePlainJson(text));
  if (parsed.success) return parsed.data;
  throw new DataError(`${file} is damaged`, { hint: AGAIN });
}
