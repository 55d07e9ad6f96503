import type { Tta } from '../augment/views.js';
import { grouped } from '../text.js';

const dash = '–';

/** A loss to four digits; a dash where there is none, the word where it is not finite. */
export function loss(value: number | null | undefined): string {
  if (value === null || value === undefined) return dash;
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e4 ? value.toExponential(2) : value.toFixed(4);
}

/** 0.9221 → `92.21%`. */
export function percent(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? dash : `${(value * 100).toFixed(digits)}%`;
}

/** 45000 → `45,000`. */
export function count(value: number): string {
  return grouped(value);
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes in powers of 1024, as Keras' summary shows them: 20963368 → `19.99 MB`. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 2)} ${UNITS[power]}`;
}

/** 1, `run` → `1 run`; 2 → `2 runs`. */
export function plural(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

/** 0.001 → `1.0e-3`. */
export function learningRate(value: number): string {
  return value.toExponential(1);
}

/** 55.12 → `55.1 ms`; 1.2 s and more in seconds. */
export function milliseconds(value: number): string {
  if (!Number.isFinite(value)) return dash;
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

/** Seconds as `00:44`, or `1:02:03` from an hour on. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '--:--';
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `TensorFlow 2.21.0 CPU (2 threads)`. */
export function engineLine(engine: {
  readonly name: string;
  readonly device: string;
  readonly deviceName: string;
  readonly threads: number;
}): string {
  const threads = `${engine.threads} thread${engine.threads === 1 ? '' : 's'}`;
  return engine.device === 'gpu' ? `${engine.name} GPU (${engine.deviceName})` : `${engine.name} CPU (${threads})`;
}

/** `45,000 + 30,000 augmented`. */
export function trainingImages(data: { readonly train: number; readonly augmented: number }): string {
  const originals = count(data.train - data.augmented);
  return data.augmented > 0 ? `${originals} + ${count(data.augmented)} augmented` : originals;
}

/** What a test-time augmentation takes the mean over. */
export function views(tta: Tta): string {
  return tta === 'flip' ? 'mean over mirror images' : 'mean over mirror images and shifts';
}
