import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { ListedRun } from './read.js';

export const SORT_KEYS = ['time', 'name', 'model', 'epochs', 'val', 'test', 'duration', 'size'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What comes first: the oldest run, names from A on, the best accuracy, and the most of everything else. */
const ORDERS = {
  time: ({ created }) => Date.parse(created),
  name: ({ name }) => name,
  model: ({ model }) => model ?? '',
  epochs: ({ epochs }) => -epochs,
  val: ({ bestValAccuracy }) => -(bestValAccuracy ?? -1),
  test: ({ testAccuracy }) => -(testAccuracy ?? -1),
  duration: ({ seconds }) => -(seconds ?? 0),
  size: ({ bytes }) => -bytes,
} as const satisfies Record<SortKey, (run: ListedRun) => number | string>;

/** Equals keep their order. */
export function sortRuns<Run extends ListedRun>(runs: readonly Run[], key: SortKey): Run[] {
  const order: (run: ListedRun) => number | string = ORDERS[key];
  return runs.toSorted((a, b) => {
    const [x, y] = [order(a), order(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** `model=vgg7`: a fact of a run, or a setting of its config by its path, and the value that it must have, `*` for any text. */
export interface RunFilter {
  readonly key: string;
  readonly value: string;
}

/** @throws UsageError for anything but KEY=VALUE */
export function parseFilter(text: string): RunFilter {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return { key, value };
  throw new UsageError(`--filter ${JSON.stringify(text)} must be KEY=VALUE`, {
    hint: "For instance: --filter model=vgg7, --filter tag=baseline, --filter 'name=vgg7-*'",
  });
}

const FACTS = {
  model: ({ model }) => [model],
  status: ({ status }) => [status],
  tag: ({ tags }) => tags,
  name: ({ name }) => [name],
  sweep: ({ sweep }) => [sweep?.name ?? null],
} as const satisfies Record<string, (run: ListedRun) => readonly (string | null)[]>;

/**
 * The runs that pass every filter.
 *
 * @throws UsageError for a key that no run has
 */
export function filterRuns<Run extends ListedRun>(runs: readonly Run[], filters: readonly RunFilter[]): Run[] {
  return filters.reduce<Run[]>(
    (left, { key, value }) => {
      const facts = runs.map((run) => ({ run, found: valuesOf(run, key) }));
      if (runs.length > 0 && facts.every(({ found }) => found === undefined)) {
        throw new UsageError(`--filter: no run has a ${JSON.stringify(key)}${didYouMean(key, Object.keys(FACTS))}`, {
          hint: `There are ${Object.keys(FACTS).join(', ')} and the settings of a config, such as training.batchSize.`,
        });
      }
      const passing = new Set(facts.filter(({ found }) => found?.some(matching(value))).map(({ run }) => run));
      return left.filter((run) => passing.has(run));
    },
    [...runs],
  );
}

function matching(pattern: string): (value: string | null) => boolean {
  if (!pattern.includes('*')) return (value) => value === pattern;
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return (value) => value !== null && new RegExp(`^${parts.join('.*')}$`, 's').test(value);
}

/** Undefined where the run has nothing of that name. */
function valuesOf(run: ListedRun, key: string): readonly (string | null)[] | undefined {
  if (Object.hasOwn(FACTS, key)) return FACTS[key as keyof typeof FACTS](run);
  const value = key.split('.').reduce<unknown>(own, run.config);
  return value === undefined || typeof value === 'object' ? undefined : [String(value)];
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}
