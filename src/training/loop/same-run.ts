import { referenceKey, referenceName } from '../../datasets/reference.js';
import { differences } from '../../differences.js';
import { UsageError } from '../../errors.js';
import type { RunSettings } from '../contracts/settings.js';

/** Keys of a config that change nothing in a run's numbers. */
const WORDS = new Set(['config.$schema', 'config.description']);
/** Of another model nearly everything differs: the first few say that. */
const MOST_SHOWN = 5;
const EPOCHS = 'config.training.epochs';

/**
 * A run can only be resumed with the settings it was started with; only the number of epochs may be higher.
 *
 * @throws UsageError with the first differences
 */
export function requireSameRun(saved: RunSettings, wanted: RunSettings): void {
  const before = saved.config.training.epochs;
  const now = wanted.config.training.epochs;
  const problems = settingsDifferences(saved, wanted).flatMap(({ path, text }) => {
    if (path !== EPOCHS) return text;
    return now > before ? [] : `${path} is ${before} in the run and can only be raised, but it is ${now} now`;
  });
  requireNone(problems, {
    message: 'the run cannot be resumed with other settings',
    hint: 'Leave these flags out: --resume takes them from the run. Or start a new run from its weights: --weights RUN, without --resume.',
  });
}

/**
 * What is to be trained in place of a run must be that very run.
 *
 * @throws UsageError with the first differences
 */
export function requireEqualRun(saved: RunSettings, wanted: RunSettings, name: string): void {
  const problems = settingsDifferences(saved, wanted).map(({ text }) => text);
  requireNone(problems, {
    message: `there is a run ${name} with other settings`,
    hint: 'Give the new runs another name with --name.',
  });
}

function settingsDifferences(saved: RunSettings, wanted: RunSettings) {
  const dataset = referenceName(saved.dataset);
  const same = referenceKey(saved.dataset) === referenceKey(wanted.dataset);
  const now = same ? dataset : referenceName(wanted.dataset);
  return differences(
    [
      { ...saved, dataset },
      { ...wanted, dataset: now },
    ],
    { missing: 'block' },
  )
    .filter(({ path }) => !WORDS.has(path))
    .map(({ path, values: [before, now] }) => ({
      path,
      text: `${path} is ${show(before)} in the run, but ${show(now)} now`,
    }));
}

function requireNone(problems: readonly string[], { message, hint }: { message: string; hint: string }): void {
  if (problems.length === 0) return;
  const more = problems.length - MOST_SHOWN;
  const shown = more > 1 ? [...problems.slice(0, MOST_SHOWN), `and ${more} more`] : problems;
  throw new UsageError(message, { problems: shown, hint });
}

function show(json: string | undefined): string {
  return json ?? 'not set';
}
