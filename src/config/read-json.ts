import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { printable } from '../text.js';

const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 64;

/**
 * Reads and parses one JSON file of moderate size.
 * @throws UsageError naming the file, and line and column of a syntax error.
 */
export function readJson(path: string): unknown {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${syntaxError(text, error)}`, {
      hint: 'Mend the syntax there; an editor that knows JSON shows the place.',
      cause: error,
    });
  }
  // Blocks nest by recursion: a hostile file must not overflow the stack.
  if (depthExceeds(value, MAX_DEPTH)) {
    throw new UsageError(`${path} is nested more than ${MAX_DEPTH} levels deep`, { hint: 'Use fewer nested blocks.' });
  }
  return value;
}

function readText(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new UsageError(`${path} is not a file`, { hint: 'Name a JSON config file.' });
    if (stats.size > MAX_BYTES) {
      throw new UsageError(`${path} is too large for a config: ${stats.size} bytes, at most ${MAX_BYTES}`, {
        hint: 'Name a JSON config file.',
      });
    }
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read ${path}: ${reason}`, {
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
