import { setImmediate } from 'node:timers/promises';
import type { Trainer } from '../engine/engine.js';
import { type EpochPlan, stepGroups, stepsPerEpoch } from './loop/steps.js';

export interface RangeTestOptions {
  readonly trainer: Trainer;
  /** What is trained on, and in which batches. */
  readonly plan: EpochPlan;
  /** First and last learning rate. */
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
}

/** One training step of the test. */
export interface RangePoint {
  readonly learningRate: number;
  /** Of this batch, before its update. */
  readonly loss: number;
  /** Exponential moving average with bias correction. */
  readonly smoothed: number;
}

/** How far the loss may rise above its least before the test ends. */
const DIVERGED = 4;
const SMOOTHING = 0.95;

/**
 * The learning rate range test (Smith 2017, "Cyclical Learning Rates"): trains while the learning rate rises
 * exponentially, and tells the loss at each rate. It ends early where the loss explodes.
 *
 * @throws the signal's reason when it aborts
 */
export async function* rangeTest(options: RangeTestOptions): AsyncGenerator<RangePoint, void> {
  const { trainer, plan, from, to, steps, signal } = options;
  const rate = (step: number) => from * (to / from) ** (step / Math.max(1, steps - 1));
  const epochSteps = stepsPerEpoch(plan.train.length, plan.batchSize);
  let average = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let done = 0, epoch = 1; done < steps; epoch++) {
    for (const group of stepGroups(plan, epoch, 0, (epoch - 1) * epochSteps, rate)) {
      signal?.throwIfAborted();
      for (const [i, batch] of (await trainer.train(group)).entries()) {
        const loss = batch.loss / batch.count;
        average = SMOOTHING * average + (1 - SMOOTHING) * loss;
        const smoothed = average / (1 - SMOOTHING ** ++done);
        least = Math.min(least, smoothed);
        if (!Number.isFinite(loss)) return;
        yield { learningRate: group[i]?.learningRate ?? rate(done - 1), loss, smoothed };
        if (done >= steps || smoothed > DIVERGED * least) return;
      }
      // The native engine blocks the event loop: here signals get their turn.
      await setImmediate();
    }
  }
}

/** So far above its least the smoothed loss still counts as low. */
const TOLERANCE = 0.1;
/** What falls by a smaller share is noise: the first batch may be an odd one. */
const LEAST_FALL = 0.05;

/**
 * What to take from the rate of the least loss, and from the edge: the highest rate where the loss was low, behind which
 * training diverges. docs/recipes.md has the grids that these were held against.
 */
const RULES = {
  /** A rate that stays: where the loss falls fast, well below its least (fastai's `lr_find`). */
  rate: ({ least }) => least / 10,
  /** The peak of one cycle, which is soon over, may come near the edge (Smith & Topin 2018), but not up to a sharp one. */
  peak: ({ least, edge }) => Math.min(least, edge / 3),
} as const satisfies Record<string, (rates: { readonly least: number; readonly edge: number }) => number>;

/** What a range test says of the learning rate, or on which side its range would have to be wider for it to say something. */
export type Suggestion =
  | { readonly rate: number; readonly widen?: never }
  | { readonly rate?: never; readonly widen: 'from' | 'to' };

/** @param to the last rate of the range; the test ended before it where the loss exploded */
export function suggestRate(points: readonly RangePoint[], kind: keyof typeof RULES, to: number): Suggestion {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return { widen: 'from' };
  const least = Math.min(...points.map(({ smoothed }) => smoothed));
  const isWhole = last.learningRate >= to * (1 - 1e-9);
  if (least > (1 - LEAST_FALL) * first.smoothed) {
    return { widen: isWhole && last.smoothed <= (1 + TOLERANCE) * first.smoothed ? 'to' : 'from' };
  }
  if (isWhole && last.smoothed === least) return { widen: 'to' };
  const highest = (most: number) => points.findLast(({ smoothed }) => smoothed <= most)?.learningRate ?? 0;
  const rate = Number(RULES[kind]({ least: highest(least), edge: highest((1 + TOLERANCE) * least) }).toPrecision(2));
  return rate < first.learningRate ? { widen: 'from' } : { rate };
}
