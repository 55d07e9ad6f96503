import { readFileSync, statSync } from 'node:fs';
import { type ErrorDetails, FmnistError } from '../errors.js';
import { printable } from '../text.js';
import { jsonProblem } from './scan.js';

const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 64;

/** What a file is, and the error that it makes when it is not. */
export interface JsonKind {
  /** `config`, `manifest` … */
  readonly what: string;
  readonly error: new (message: string, details: ErrorDetails) => FmnistError;
}

/**
 * Reads and parses one JSON file of moderate size.
 * @throws `kind.error` naming the file, and line and column of a syntax error.
 */
export function readJson(path: string, kind: JsonKind): unknown {
  const text = readText(path, kind);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new kind.error(`${path} is not JSON: ${syntaxError(text, error)}`, {
      hint: 'Mend the syntax there; an editor that knows JSON shows the place.',
      cause: error,
    });
  }
  // Blocks nest by recursion: a hostile file must not overflow the stack.
  if (depthExceeds(value, MAX_DEPTH)) {
    throw new kind.error(`${path} is nested more than ${MAX_DEPTH} levels deep`, { hint: 'Use fewer nested blocks.' });
  }
  // After the depth, which has a hint of its own: what is left is a key that occurs twice.
  const problem = jsonProblem(text);
  if (problem !== undefined) throw new kind.error(`${path}: ${problem}`, { hint: 'Remove one of the two.' });
  return value;
}

function readText(path: string, kind: JsonKind): string {
  const hint = `Name a JSON ${kind.what} file.`;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new kind.error(`${path} is not a file`, { hint });
    if (stats.size > MAX_BYTES) {
      throw new kind.error(`${path} is too large for a ${kind.what}: ${stats.size} bytes, at most ${MAX_BYTES}`, {
        hint,
      });
    }
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof FmnistError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new kind.error(`cannot read ${path}: ${reason}`, {
      hint: 'Check that the path is right and readable.',
      cause: error,
    });
  }
}

/** V8 gives a character position; people count lines. */
function syntaxError(text: string, error: unknown): string {
  const message = printable(error instanceof Error ? error.message : String(error));
  const position = /at position (\d+)/.exec(message)?.[1];
  if (text.trim() === '') return 'the file is empty';
  if (position === undefined) return message;
  const before = text.slice(0, Number(position)).split('\n');
  const what = message.replace(/ in JSON at position.*| \(line.*/, '');
  return `${what} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function depthExceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => depthExceeds(child, levels - 1));
}
