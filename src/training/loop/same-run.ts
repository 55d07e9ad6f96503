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
  const dataset = referenceName(saved.dataset);
  const same = referenceKey(saved.dataset) === referenceKey(wanted.dataset);
  const now = same ? dataset : referenceName(wanted.dataset);
  const different = differences(
    [
      { ...saved, dataset },
      { ...wanted, dataset: now },
    ],
    { missing: 'block' },
  );
  const problems = different.flatMap(({ path, values: [before, now] }) => {
    if (WORDS.has(path)) return [];
    if (path !== EPOCHS) return `${path} is ${show(before)} in the run, but ${show(now)} now`;
    const raised = Number(now) >= Number(before);
    return raised ? [] : `${path} is ${show(before)} in the run and can only be raised, but it is ${show(now)} now`;
  });
  if (problems.length === 0) return;
  const more = problems.length - MOST_SHOWN;
  throw new UsageError('the run cannot be resumed with other settings', {
    problems: more > 1 ? [...problems.slice(0, MOST_SHOWN), `and ${more} more`] : problems,
    hint: 'Leave these flags out: --resume takes them from the run. Or start a new run without --resume.',
  });
}

function show(json: string | undefined): string {
  return json ?? 'not set';
}
