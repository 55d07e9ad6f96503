import type { Point } from '../chart/resample.js';

/** Twice the columns of the widest screens; halved when full. Every frame goes through all of them. */
const CAPACITY = 1024;

/** A growing series of bounded size: when full, every two neighbours become their lower and higher one of four. */
export class Trace {
  private kept: Point[] = [];

  get points(): readonly Point[] {
    return this.kept;
  }

  add(point: Point): void {
    if (!Number.isFinite(point.y)) return;
    this.kept.push(point);
    if (this.kept.length >= CAPACITY) this.kept = halve(this.kept);
  }
}

/** Of every four points the lowest and the highest stay, in their order: spikes survive any number of halvings. */
function halve(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (let at = 0; at < points.length; at += 4) {
    const group = points.slice(at, at + 4);
    const lowest = group.reduce((a, b) => (b.y < a.y ? b : a));
    const highest = group.reduce((a, b) => (b.y > a.y ? b : a));
    kept.push(...(lowest.x <= highest.x ? [lowest, highest] : [highest, lowest]));
  }
  return kept;
}
