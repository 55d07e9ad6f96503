import type * as z from 'zod';
import { type StepEvent, stepEventSchema } from '../training/contracts/events.js';
import { readJsonLines } from './json-lines.js';

/** How a run stood after a step: the batch's loss, and means over the epoch so far, as a progress bar shows them. */
const curvePointSchema = stepEventSchema
  .unwrap()
  .pick({ epoch: true, step: true, steps: true, loss: true, meanLoss: true, meanAccuracy: true, learningRate: true })
  // Older versions kept the means alone.
  .partial({ loss: true })
  .readonly();

export type CurvePoint = z.output<typeof curvePointSchema>;

/** More points than a screen has columns, few enough for a file of 300 kilobytes. */
const MOST_POINTS = 2000;

/**
 * The curve of a run within its epochs: a point every so many steps. The distance is a power of two, so that a run that
 * is resumed for more epochs keeps some of the points that it has, and ends with those of the unbroken run.
 */
export class CurveSampler {
  readonly #interval: number;
  #points: CurvePoint[] = [];

  /**
   * @param steps of the whole run
   * @param before points of the part that is resumed
   * @param from where it goes on: later points are dropped
   */
  constructor(
    steps: number,
    before: readonly CurvePoint[] = [],
    from: { readonly epoch: number; readonly step: number } = { epoch: 1, step: 0 },
  ) {
    this.#interval = 2 ** Math.max(0, Math.ceil(Math.log2(steps / MOST_POINTS)));
    const done = ({ epoch, step }: CurvePoint) => epoch < from.epoch || (epoch === from.epoch && step <= from.step);
    this.#points = before.filter((point) => done(point) && this.#keeps(point));
  }

  get points(): readonly CurvePoint[] {
    return this.#points;
  }

  /** @returns whether the step is one of the points. */
  add({ epoch, step, steps, loss, meanLoss, meanAccuracy, learningRate }: StepEvent): boolean {
    const point = { epoch, step, steps, loss, meanLoss, meanAccuracy, learningRate };
    if (!this.#keeps(point)) return false;
    this.#points.push(point);
    return true;
  }

  #keeps(point: CurvePoint): boolean {
    return stepsDone(point) % this.#interval === 0;
  }
}

/** Steps since the run began. */
export function stepsDone({ epoch, step, steps }: Pick<CurvePoint, 'epoch' | 'step' | 'steps'>): number {
  return (epoch - 1) * steps + step;
}

/** The points of a curve that can be read. */
export function readCurve(file: string): Promise<CurvePoint[]> {
  return readJsonLines(file, curvePointSchema);
}

/** Loss and accuracy of the steps up to a point, not of the epoch as far as it went. */
export interface WindowMeans {
  /** In epochs: 1.5 is the middle of the second. */
  readonly epoch: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
}

/** The part of a sum below which rounding leaves fewer than four digits of a difference. */
const LOST = 2 ** -40;

/**
 * The curve as means over the steps between points, about `most` of them. A mean over the epoch so far smooths more
 * and more; the difference of two of them is the mean of what lies between. After a loss so huge that rounding swallows
 * all that follow it, the loss of a point's own batch stands for them.
 */
export function windowMeans(points: readonly CurvePoint[], most: number): WindowMeans[] {
  const chosen = windowEnds(points, Math.max(1, Math.ceil(points.length / Math.max(1, most))));
  return chosen.map((point, i) => {
    const { epoch, step, steps, loss = Number.NaN, meanLoss, meanAccuracy, learningRate } = point;
    const before = chosen[i - 1];
    const start = before?.epoch === epoch ? before : { step: 0, meanLoss: 0, meanAccuracy: 0 };
    const between = (now: number, then: number) => (now * step - then * start.step) / (step - start.step);
    const lost = meanLoss * step - start.meanLoss * start.step < start.meanLoss * start.step * LOST;
    return {
      epoch: epoch - 1 + step / steps,
      steps: stepsDone(point),
      loss: lost ? loss : between(meanLoss, start.meanLoss),
      accuracy: between(meanAccuracy, start.meanAccuracy),
      learningRate,
    };
  });
}

/** The last points of windows about so long; each lies within an epoch, and none is much shorter than its neighbours. */
function windowEnds(points: readonly CurvePoint[], length: number): CurvePoint[] {
  const ends: number[] = [];
  let first = 0;
  points.forEach(({ epoch }, i) => {
    if (points[i + 1]?.epoch === epoch) return;
    const inEpoch = i + 1 - first;
    const windows = Math.max(1, Math.round(inEpoch / length));
    for (let w = 1; w <= windows; w++) ends.push(first + Math.floor((w * inEpoch) / windows) - 1);
    first = i + 1;
  });
  return ends.flatMap((i) => points[i] ?? []);
}
