import { rm } from 'node:fs/promises';
import type { DataFile } from '../datasets/spec.js';
import { DataError } from '../errors.js';
import { isDiskFull } from '../files/errors.js';
import { DataCache } from './cache.js';
import { verifiedPayload, WrongPayload } from './payload.js';
import { type DataProgress, type Source, type SourceFactory, SourceUnavailable } from './sources/source.js';

export interface AcquireOptions {
  readonly files: readonly DataFile[];
  /** What a file of the right size with another SHA-256 probably is. */
  readonly lookalike: string | undefined;
  /** What is thrown when no source has a file; the notes say why. */
  readonly notFound: (file: DataFile, notes: readonly string[]) => DataError;
  readonly cacheDir: string;
  readonly dataDir: string | undefined;
  readonly offline: boolean;
  readonly sources: readonly SourceFactory[];
  readonly onProgress: (progress: DataProgress) => void;
  readonly signal: AbortSignal | undefined;
}

export interface AcquiredFile {
  readonly file: DataFile;
  /** The verified payload. */
  readonly payload: Uint8Array;
  /** The source's name, for people. */
  readonly source: string;
}

export interface Acquired {
  /** In the order in which they were asked for. */
  readonly files: readonly AcquiredFile[];
  /** What was passed over on the way and why, one line each. */
  readonly notes: readonly string[];
  /** Those that should not be: all but places that could not be reached. */
  readonly warnings: readonly string[];
}

/**
 * The files, each from the first source whose bytes have the right SHA-256. What comes over the network is
 * kept in the cache; local folders are read where they lie.
 *
 * @throws DataError when no source has a file, or the cache cannot take a download
 */
export async function acquire(options: AcquireOptions): Promise<Acquired> {
  const cache = new DataCache(options.cacheDir);
  const notes: string[] = [];
  const warnings: string[] = [];
  const unreachable = new Set<string>();
  let scratch: Promise<string> | undefined;
  const context = {
    cacheDir: options.cacheDir,
    dataDir: options.dataDir,
    scratch: () => {
      scratch ??= cache.scratch();
      return scratch;
    },
    onProgress: (progress: DataProgress) => options.onProgress({ ...progress, unreachable: [...unreachable] }),
    signal: options.signal,
  };
  const usable = new Set<Source>();
  for (const factory of options.sources) {
    const source = factory(context);
    if (source !== undefined && !(options.offline && source.remote)) usable.add(source);
  }

  const find = async (file: DataFile): Promise<AcquiredFile> => {
    for (const source of usable) {
      // Before anything is fetched, so that a cache which cannot take it is known at once.
      if (source.remote) await context.scratch();
      const payload = await readVerified(source, file, options.lookalike).catch((error: unknown) => {
        options.signal?.throwIfAborted();
        if (error instanceof DataError) throw error;
        if (isDiskFull(error)) throw cache.unwritable(error);
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof SourceUnavailable) usable.delete(source);
        const subject = error instanceof SourceUnavailable ? source.name : `${file.name} from ${source.name}`;
        notes.push(`${subject}: ${message}`);
        const isWrong = error instanceof Error && error.cause instanceof WrongPayload;
        if (source.remote && !isWrong) unreachable.add(source.name);
        else warnings.push(`${subject}: ${message}`);
        return undefined;
      });
      if (payload === undefined) continue;
      if (source.remote) await cache.write(file.name, payload);
      return { file, payload, source: source.name };
    }
    throw options.notFound(file, notes);
  };

  try {
    const files: AcquiredFile[] = [];
    for (const file of options.files) files.push(await find(file));
    return { files, notes, warnings };
  } finally {
    const folder = await scratch?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function readVerified(source: Source, file: DataFile, lookalike?: string): Promise<Uint8Array | undefined> {
  const bytes = await source.read(file);
  if (bytes === undefined) return undefined;
  try {
    return await verifiedPayload(file, bytes, lookalike);
  } catch (error) {
    if (error instanceof WrongPayload) throw new Error(`passed over: ${error.message}`, { cause: error });
    throw error;
  }
}
