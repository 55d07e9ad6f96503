import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type ErrorDetails, FmnistError } from '../errors.js';
import { printable } from '../text.js';
import { parseJson } from './parse.js';
import { jsonProblem } from './scan.js';

const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 64;

/** What a file is, and the error that it makes when it is not. */
export interface JsonKind {
  /** `config`, `manifest` … */
  readonly what: string;
  readonly error: new (message: string, details: ErrorDetails) => FmnistError;
}

/** What stands for a path where the JSON comes through a pipe. */
export const STANDARD_INPUT = '-';

/**
 * Reads and parses one JSON file of moderate size, or what comes on standard input. Comments and commas before a closing
 * bracket are allowed.
 * @throws `kind.error` naming the file, and line and column of a syntax error.
 */
export function readJson(path: string, kind: JsonKind): unknown {
  const name = path === STANDARD_INPUT ? 'standard input' : path;
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

function readText(path: string, name: string, kind: JsonKind): string {
  const hint = `Name a JSON ${kind.what} file.`;
  try {
    const file = path === STANDARD_INPUT || path === '/dev/stdin' ? 0 : path;
    const stats = file === 0 ? fstatSync(0) : statSync(file);
    // A pipe may be named (`<(…)`); a device would never end.
    if (!stats.isFile() && !stats.isFIFO() && file !== 0) throw new kind.error(`${name} is not a file`, { hint });
    const bytes = readAtMost(file, MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new kind.error(`${name} is too large for a ${kind.what}: at most ${MAX_BYTES} bytes are read`, { hint });
    }
    return bytes.toString('utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof FmnistError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new kind.error(`cannot read ${name}: ${reason}`, {
      hint: 'Check that the path is right and readable.',
      cause: error,
    });
  }
}

/** The first bytes of a file, a pipe, or a stream that is open. */
function readAtMost(file: string | 0, most: number): Buffer {
  const fd = file === 0 ? 0 : openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    while (length < most) {
      const read = readSync(fd, bytes, length, most - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

function depthExceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => depthExceeds(child, levels - 1));
}
