import type { Metric, Sweep } from './schema.js';

/**
 * How long trials run: rung r trains them until `epochs` in all, and `keep` of them go on to the next. A grid or a random
 * search has one rung.
 */
export interface Rung {
  readonly epochs: number;
  readonly trials: number;
}

/**
 * Successive halving (Jamieson & Talwalkar 2016): rung r has 1/reduction of the trials of the one before and reduction
 * times its epochs, up to the config's. Rungs wait for each other, unlike ASHA's, so that the same sweep gives the same
 * result whatever the number of workers and whoever finishes first.
 */
export function planRungs({ strategy }: Pick<Sweep, 'strategy'>, trials: number, maxEpochs: number): Rung[] {
  if (strategy.type !== 'halving') return [{ epochs: maxEpochs, trials }];
  const { reduction, minEpochs } = strategy;
  const rungs: Rung[] = [];
  for (let epochs = Math.min(minEpochs, maxEpochs), left = trials; ; epochs *= reduction) {
    const last = left === 1 || epochs >= maxEpochs;
    rungs.push({ epochs: last ? maxEpochs : epochs, trials: left });
    if (last) return rungs;
    left = Math.max(1, Math.floor(left / reduction));
  }
}

const HIGHER_IS_BETTER: Record<Metric, boolean> = {
  valAccuracy: true,
  emaValAccuracy: true,
  valLoss: false,
  emaValLoss: false,
};

/** Whether more of the sweep's metric is better. */
export function prefersHigh({ metric, direction }: Pick<Sweep, 'metric' | 'direction'>): boolean {
  return direction === undefined ? HIGHER_IS_BETTER[metric] : direction === 'maximize';
}

/** Trials by their scores, best first; those without one (failed) come last, equals in the order of their numbers. */
export function rank(
  scores: ReadonlyMap<number, number | undefined>,
  sweep: Pick<Sweep, 'metric' | 'direction'>,
): number[] {
  const higher = prefersHigh(sweep);
  const worth = (trial: number) => {
    const score = scores.get(trial);
    if (score === undefined || Number.isNaN(score)) return Number.NEGATIVE_INFINITY;
    return higher ? score : -score;
  };
  return [...scores.keys()].sort((a, b) => {
    const [left, right] = [worth(a), worth(b)];
    return left === right ? a - b : right - left;
  });
}
