import { errorCode } from '../files/errors.js';
import { SourceUnavailable } from './sources/source.js';

/** Failures of the route to a host: they will not pass within a few retries, and meet every file alike. */
const NO_ROUTE: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EPERM',
  'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
  'NO_ANSWER',
]);

/** An answer that will be the same next time. */
export class FinalAnswer extends Error {}

/** Nothing came for too long. */
export class Silence extends Error {
  constructor(
    readonly code: 'NO_ANSWER' | 'STALLED',
    ms: number,
  ) {
    super(`timeout: ${code === 'STALLED' ? 'stalled' : 'no answer'} for ${ms / 1000} s`);
  }
}

/** The error and its causes, innermost last. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

/** Whether another try is pointless because nothing reaches the host. */
export function isNoRoute(error: unknown): boolean {
  return causes(error).some((e) => NO_ROUTE.has(errorCode(e) ?? ''));
}

/** `fetch failed` says nothing: the reason is the innermost cause. */
export function readable(error: unknown): Error {
  if (error instanceof FinalAnswer) return error;
  const reason = causes(error).at(-1) ?? new Error(String(error));
  const code = errorCode(reason) ?? '';
  if (reason instanceof Silence) return new SourceUnavailable(reason.message, { cause: error });
  const message = isNoRoute(error)
    ? `no connection (${code})`
    : code === '' || reason.message.includes(code)
      ? reason.message
      : `${reason.message} (${code})`;
  return new SourceUnavailable(message, { cause: error });
}
