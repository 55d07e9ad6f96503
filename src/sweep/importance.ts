import type { Point } from './space.js';

interface Scored {
  readonly parameters: Point;
  readonly score: number | undefined;
}

/** Fewer trials tell nothing of what mattered. */
const FEWEST_TRIALS = 4;

/**
 * How much each parameter mattered, from 0 to 1: for numbers the absolute rank correlation with the score (Spearman's ρ),
 * for anything else the share of the ranks' variance that lies between its values (the correlation ratio η).
 */
export function importances(trials: readonly Scored[]): Record<string, number> {
  const scored = trials.flatMap(({ parameters, score }) => (score === undefined ? [] : [{ parameters, score }]));
  if (scored.length < FEWEST_TRIALS) return {};
  const scores = ranks(scored.map(({ score }) => score));
  const paths = Object.keys(scored[0]?.parameters ?? {});
  return Object.fromEntries(
    paths.map((path) => {
      const values = scored.map(({ parameters }) => parameters[path]);
      const numbers = values.filter((value) => typeof value === 'number');
      const share =
        numbers.length === values.length ? Math.abs(correlation(ranks(numbers), scores)) : ratio(values, scores);
      return [path, Math.round(share * 1000) / 1000];
    }),
  );
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const [first, last] = [new Map<number, number>(), new Map<number, number>()];
  for (const [i, value] of sorted.entries()) {
    if (!first.has(value)) first.set(value, i + 1);
    last.set(value, i + 1);
  }
  return values.map((value) => ((first.get(value) ?? 0) + (last.get(value) ?? 0)) / 2);
}

/** Pearson's correlation; 0 where one side does not vary. */
function correlation(xs: readonly number[], ys: readonly number[]): number {
  const [mx, my] = [mean(xs), mean(ys)];
  const products = xs.map((x, i) => (x - mx) * ((ys[i] ?? 0) - my));
  const spread = Math.sqrt(squares(xs, mx) * squares(ys, my));
  return spread === 0 ? 0 : products.reduce((a, b) => a + b, 0) / spread;
}

function ratio(values: readonly unknown[], scores: readonly number[]): number {
  const groups = new Map<string, number[]>();
  for (const [i, value] of values.entries()) {
    const key = JSON.stringify(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  const all = mean(scores);
  const between = [...groups.values()].reduce((sum, members) => {
    const own = mean(members.map((i) => scores[i] ?? 0));
    return sum + members.length * (own - all) ** 2;
  }, 0);
  const total = squares(scores, all);
  return total === 0 ? 0 : Math.sqrt(between / total);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function squares(values: readonly number[], center: number): number {
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0);
}
