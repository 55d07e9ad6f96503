export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Values at consecutive positions, the first at position `start`. */
export interface Samples {
  readonly start: number;
  readonly values: readonly number[];
}

/**
 * Puts a series on `size` evenly spaced positions of the domain [low, high]. Where it has more points than positions,
 * each pair of positions keeps the lowest and the highest of its points in their order, so that no spike is lost; where
 * fewer, values between points are interpolated. Positions before the first and after the last point stay empty.
 *
 * `points` are in order of x, all finite.
 */
export function resample(points: readonly Point[], size: number, low: number, high: number): Samples {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || size < 1) return { start: 0, values: [] };
  const scale = high > low ? (size - 1) / (high - low) : 0;
  const positioned = points.map(({ x, y }) => ({ x: (x - low) * scale, y }));
  const dense = points.length > size ? extremes(positioned) : positioned;
  const start = Math.min(size - 1, Math.max(0, Math.round((first.x - low) * scale)));
  const end = Math.max(start, Math.min(size - 1, Math.round((last.x - low) * scale)));
  return { start, values: interpolate(dense, start, end) };
}

/** The lowest and highest point of every two positions, put on these two positions in their order. */
function extremes(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  let at = 0;
  while (at < points.length) {
    const pair = Math.floor((points[at]?.x ?? 0) / 2);
    let lowest = points[at] as Point;
    let highest = lowest;
    for (; at < points.length && Math.floor((points[at]?.x ?? 0) / 2) === pair; at++) {
      const point = points[at] as Point;
      if (point.y < lowest.y) lowest = point;
      if (point.y > highest.y) highest = point;
    }
    const [earlier, later] = lowest.x <= highest.x ? [lowest, highest] : [highest, lowest];
    kept.push({ x: pair * 2, y: earlier.y }, { x: pair * 2 + 1, y: later.y });
  }
  return kept;
}

function interpolate(points: readonly Point[], start: number, end: number): number[] {
  const values: number[] = [];
  let at = 0;
  for (let x = start; x <= end; x++) {
    while (at + 1 < points.length && (points[at + 1]?.x ?? 0) <= x) at++;
    const left = points[at] as Point;
    const right = points[at + 1];
    const share = right === undefined || right.x <= left.x ? 0 : (x - left.x) / (right.x - left.x);
    values.push(right === undefined ? left.y : left.y + (right.y - left.y) * Math.max(0, share));
  }
  return values;
}
