import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type ErrorDetails, FmnistError } from '../errors.js';
import { hasCode, isMissing } from '../files/errors.js';
import { readingProblem } from '../files/read.js';
import { fileName, isStandardInput } from '../files/standard-input.js';
import { printable } from '../text.js';
import { parseJson } from './parse.js';
import { jsonProblem } from './scan.js';

/** What a file of moderate size may have. */
export const MOST_BYTES = 1_000_000;
const MAX_DEPTH = 64;

/** What a file is, and the error that it makes when it is not. */
export interface JsonKind {
  /** `config`, `manifest` … */
  readonly what: string;
  readonly error: new (message: string, details: ErrorDetails) => FmnistError;
  /** Whether a folder of ours holds it, which may have been tampered with: a link is not followed, no pipe waited for. */
  readonly isOurs?: boolean;
}

/**
 * Reads and parses one JSON file of moderate size, or what comes on standard input. Comments and commas before a closing
 * bracket are allowed.
 * @throws `kind.error` naming the file, and line and column of a syntax error.
 */
export function readJson(path: string, kind: JsonKind): unknown {
  const name = fileName(path);
  const text = readText(path, name, kind);
  if (text.trim() === '') throw notJson(name, 'the file is empty', kind);
  let parsed: ReturnType<typeof parseJson>;
  try {
    parsed = parseJson(text);
  } catch (error) {
    throw notJson(name, error instanceof Error ? error.message : String(error), kind);
  }
  // Blocks nest by recursion: a hostile file must not overflow the stack.
  if (depthExceeds(parsed.value, MAX_DEPTH)) {
    throw new kind.error(`${name} is nested more than ${MAX_DEPTH} levels deep`, { hint: 'Use fewer nested blocks.' });
  }
  // After the depth, which has a hint of its own: what is left is a key that occurs twice.
  const problem = jsonProblem(parsed.plain);
  if (problem !== undefined) throw new kind.error(`${name}: ${problem}`, { hint: 'Remove one of the two.' });
  return parsed.value;
}

function notJson(name: string, why: string, kind: JsonKind): FmnistError {
  return new kind.error(`${name} is not JSON: ${printable(why)}`, {
    hint: 'Fix it there; comments and a comma after the last value are fine.',
  });
}

/** Neither a link nor the wait for a pipe's other end; Windows has neither flag. */
const NOTHING_ELSE = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function readText(path: string, name: string, kind: JsonKind): string {
  const { isOurs = false } = kind;
  const hint = `Name a JSON ${kind.what} file.`;
  try {
    const isStandard = isStandardInput(path);
    // A pipe may be named (`<(…)`); a device would never end, and opening one may do something.
    const mayBe = (stats: Stats) => stats.isFile() || (!isOurs && stats.isFIFO());
    const refusal = () => new kind.error(`${name} is not a file`, { hint });
    if (!isStandard && !isOurs && !mayBe(statSync(path))) throw refusal();
    const fd = isStandard ? 0 : openSync(path, constants.O_RDONLY | (isOurs ? NOTHING_ELSE : 0));
    let bytes: Buffer;
    try {
      if (!isStandard && !mayBe(fstatSync(fd))) throw refusal();
      bytes = readAtMost(fd, MOST_BYTES + 1);
    } finally {
      if (fd !== 0) closeSync(fd);
    }
    if (bytes.length > MOST_BYTES) {
      throw new kind.error(`${name} is too large for a ${kind.what}: at most ${MOST_BYTES} bytes are read`, { hint });
    }
    return bytes.toString('utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof FmnistError) throw error;
    if (isMissing(error)) throw new kind.error(`there is no file ${name}`, { hint, cause: error });
    throw new kind.error(`cannot read ${name}: ${readingProblem(error)}`, {
      hint: 'Check that the path is right and readable.',
      cause: error,
    });
  }
}

/** The first bytes of what is open. */
function readAtMost(fd: number, most: number): Buffer {
  const bytes = Buffer.alloc(most);
  let length = 0;
  while (length < most) {
    const read = readNow(fd, bytes, length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

/** Standard input does not wait for its writer where somebody has looked at it as a stream: then this does. */
function readNow(fd: number, bytes: Buffer, from: number): number {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return readSync(fd, bytes, from, bytes.length - from, null);
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) throw error;
      Atomics.wait(clock, 0, 0, 20);
    }
  }
}

function depthExceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => depthExceeds(child, levels - 1));
}
