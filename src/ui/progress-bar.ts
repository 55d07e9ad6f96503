import progress from 'cli-progress';
import type { Style } from './palette.js';

const DONE = '━';
const TIP = '╸';
const LEFT = '─';

/** A bar of exactly `width` columns, `share` of it done; cli-progress draws it as a string. */
export function bar(share: number, width: number, done: Style, left: Style): string {
  if (width < 2) return '';
  const clamped = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  const tip = clamped < 1;
  const text = progress.Format.BarFormat(clamped, {
    barsize: tip ? width - 1 : width,
    barCompleteString: DONE.repeat(width),
    barIncompleteString: LEFT.repeat(width),
    barGlue: tip ? TIP : '',
  });
  const split = text.lastIndexOf(tip ? TIP : DONE) + 1;
  return done(text.slice(0, split)) + left(text.slice(split));
}

export interface ProgressLine {
  /** `epoch  7/25`. */
  readonly label: string;
  readonly value: number;
  readonly total: number;
  /** What follows the bar, the most important first: what does not fit is left out. */
  readonly facts: readonly string[];
  readonly width: number;
  readonly done: Style;
  readonly left: Style;
}

/** `epoch  7/25 ━━━━╸────  43%  605/1407 · 55 ms/step`, at most `width` columns: the bar takes what the facts leave. */
export function progressLine({ label, value, total, facts, width, done, left }: ProgressLine): string {
  const share = total > 0 ? value / total : 0;
  const percentage = `${String(Math.floor(Math.min(1, Math.max(0, share)) * 100)).padStart(4)}%`;
  const smallest = Math.min(20, Math.floor(width / 5));
  let kept = [...facts];
  const tail = () => (kept.length > 0 ? `  ${kept.join(' · ')}` : '');
  const room = () => width - label.length - percentage.length - 2 - tail().length;
  while (kept.length > 0 && room() < smallest) kept = kept.slice(0, -1);
  if (room() < 2) return `${label}${percentage}`;
  const drawn = bar(share, Math.min(room(), 60), done, left);
  return `${label} ${drawn}${percentage}${tail()}`;
}
