import { DataError } from '../errors.js';
import { hasCode } from '../files/errors.js';
import { readBounded, readingProblem } from '../files/read.js';
import { jsonProblem } from '../json/scan.js';
import { printable } from '../text.js';

/** What a run writes takes a small part of it. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Parses a file of a run.
 *
 * @throws {DataError} when it is missing or no JSON.
 */
export async function readJsonFile(file: string): Promise<unknown> {
  const bytes = await readBounded(file, { most: MOST_BYTES }).catch((cause: unknown) => {
    const reason = hasCode(cause, 'ENOENT') ? 'is missing' : `cannot be read: ${readingProblem(cause)}`;
    throw new DataError(`${file} ${reason}`, { hint: 'The run is incomplete.', cause });
  });
  const text = bytes.toString('utf8');
  const fail = (problem: string, cause?: unknown) =>
    new DataError(`${file} ${problem}`, { hint: 'The file is damaged.', cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('is not JSON', cause);
  }
  const problem = jsonProblem(text);
  if (problem !== undefined) throw fail(`cannot be trusted: ${problem}`);
  return withPrintableText(value);
}

/** All of it will be shown to somebody: no text and no key of it may steer a terminal. */
function withPrintableText(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(withPrintableText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [printable(key), withPrintableText(inner)]));
}
