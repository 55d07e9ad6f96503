import { constants, createReadStream, promises as fs } from 'node:fs';
import { DataError } from '../errors.js';
import { errorCode, hasCode } from './errors.js';
import { isStandardInput } from './standard-input.js';

/** Why something is not read: it is no file, or holds more than is ever wanted of it. */
class Unreadable extends Error {
  constructor(
    message: string,
    readonly code: 'EINVAL' | 'EFBIG',
  ) {
    super(message);
  }
}

export interface ReadOptions {
  /** A file of more bytes is refused before it is read. */
  readonly most: number;
  /** Whether a link is followed: where people named the path, not where a folder of ours may have been tampered with. */
  readonly links?: boolean;
}

/**
 * All bytes of a file. A device, which may never end, and a pipe, whose other end may never come, are refused.
 *
 * @throws an error that {@link readingProblem} explains
 */
export async function readBounded(file: string, { most, links = false }: ReadOptions): Promise<Buffer> {
  // Windows has neither flag, and neither what they are against.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (links ? 0 : (constants.O_NOFOLLOW ?? 0));
  const handle = await fs.open(file, flags);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Unreadable('it is not a file', 'EINVAL');
    if (stat.size > most) throw tooLarge(stat.size, most);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/**
 * The same of a file in a folder of ours; undefined where there is none.
 *
 * @throws DataError that says why it cannot be read, with the hint
 */
export async function readIfThere(
  file: string,
  { hint, ...options }: ReadOptions & { readonly hint?: string },
): Promise<Buffer | undefined> {
  return readBounded(file, options).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return undefined;
    const message = `${file} cannot be read: ${readingProblem(cause)}`;
    throw new DataError(message, { ...(hint !== undefined && { hint }), cause });
  });
}

/** As {@link readBounded}, but a pipe that the user named (`-`, `<(…)`) is read to its end too. */
export async function readBoundedOrPipe(file: string, { most }: ReadOptions): Promise<Buffer> {
  // What another program gives as standard input may be a socket, which has no path to open.
  const piped = isStandardInput(file) ? process.stdin : undefined;
  if (piped === undefined && !(await fs.stat(file)).isFIFO()) return readBounded(file, { most, links: true });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of piped ?? createReadStream(file)) {
    size += chunk.length;
    if (size > most) throw tooLarge(size, most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(size: number, most: number): Unreadable {
  return new Unreadable(`it has ${size} bytes, and at most ${most} are read`, 'EFBIG');
}

/** Why reading failed, in words that follow a colon. */
export function readingProblem(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  const code = errorCode(error);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'ELOOP') return 'it is a link, and links are not followed here';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ENXIO') return 'it is not a file';
  return code ?? (error instanceof Error ? error.message : String(error));
}
