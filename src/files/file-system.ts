import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import pRetry from 'p-retry';
import { DataError } from '../errors.js';
import { hasCode } from './errors.js';

export interface OpenFile {
  /** Writes at the end and gives the number of bytes taken, which may be fewer. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves when the bytes are on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file that is read piece by piece. */
export interface ReadableFile {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` with the bytes from `position` on. @throws when the file ends before */
  read(into: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** The few calls that runs are written with: small, so that tests can make each of them fail. */
export interface FileSystem {
  /** A new file; refuses an existing one and never follows a link. */
  create(path: string): Promise<OpenFile>;
  /** The file, made if need be, for writing at its end; never follows a link. */
  append(path: string): Promise<OpenFile>;
  /** A file to read; never follows a link and refuses what is no file (a pipe, a device, a folder). */
  open(path: string): Promise<ReadableFile>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file. @throws where that name is taken, and on disks that know no second names */
  link(file: string, name: string): Promise<void>;
  /** Fine when there is none. */
  remove(path: string): Promise<void>;
  /** Names in a folder. */
  list(folder: string): Promise<string[]>;
  /** Resolves when the folder's names are on the disk. */
  syncFolder(folder: string): Promise<void>;
}

export const nodeFileSystem: FileSystem = {
  create: async (file) => opened(await fs.open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)),
  append: async (file) => {
    return opened((await openRegular(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND)).handle);
  },
  open: async (file) => {
    const { handle, size } = await openRegular(file, constants.O_RDONLY);
    return { size, read: (into, position) => readFully(handle, into, position), close: () => handle.close() };
  },
  rename: (from, to) => fs.rename(from, to),
  link: (file, name) => fs.link(file, name),
  remove: (file) => fs.rm(file, { force: true }),
  list: (folder) => fs.readdir(folder),
  syncFolder,
};

/** Windows has neither flag, and neither what they are against. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/** Opening a pipe must not wait for its other end. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

/**
 * Opens what is a file itself: a link, a pipe or a device in its place could lead anywhere, or never end.
 *
 * @throws an error with code ELOOP for a link, EINVAL for what is no file
 */
async function openRegular(file: string, flags: number): Promise<{ handle: fs.FileHandle; size: number }> {
  const handle = await fs.open(file, flags | NO_FOLLOW | NO_WAIT);
  const stat = await handle.stat();
  if (stat.isFile()) return { handle, size: stat.size };
  await handle.close();
  throw Object.assign(new Error('it is not a file'), { code: 'EINVAL' });
}

/** Node takes at most 2 GiB at once, and a thread of its pool is busy meanwhile. */
const MOST_AT_ONCE = 64 * 1024 * 1024;

async function readFully(handle: fs.FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const wanted = Math.min(MOST_AT_ONCE, into.length - done);
    const { bytesRead } = await handle.read(into, done, wanted, position + done);
    if (bytesRead === 0) throw new Error('the file is shorter than it was');
    done += bytesRead;
  }
}

function opened(handle: fs.FileHandle): OpenFile {
  return {
    write: async (bytes) => (await handle.write(bytes, 0, Math.min(MOST_AT_ONCE, bytes.length))).bytesWritten,
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no way to open a folder; its renames are journaled.
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** How the name of a file that is still being written ends. Random, since process numbers repeat across containers. */
const PARTIAL = /\.partial-[\da-f-]+$/;

function partialName(file: string): string {
  return `${file}.partial-${randomBytes(6).toString('hex')}`;
}

/** Whether a name is that of a file that was being written, and still is or never will be. */
export function isPartial(name: string): boolean {
  return PARTIAL.test(name);
}

/** Pieces of a file in order; they may be made while it is written. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Replaces a file as a whole: whoever reads `file`, at any moment and after any crash, finds the old bytes or the new.
 * With `keepAs`, the old file is kept under that name.
 */
export async function writeAtomically(files: FileSystem, file: string, chunks: Chunks, keepAs?: string): Promise<void> {
  const partial = partialName(file);
  try {
    await writeWhole(await files.create(partial), chunks);
    if (keepAs !== undefined) await keep(files, file, keepAs);
    await files.rename(partial, file);
  } catch (error) {
    await files.remove(partial).catch(() => {});
    throw error;
  }
  await files.syncFolder(path.dirname(file));
}

/**
 * Writes a file that is not there yet, whole or not at all: of several writers one wins.
 * @returns whether this one did
 */
export async function writeOnce(files: FileSystem, file: string, chunks: Chunks): Promise<boolean> {
  const partial = partialName(file);
  try {
    await writeWhole(await files.create(partial), chunks);
    await files.link(partial, file);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await files.remove(partial).catch(() => {});
  }
  await files.syncFolder(path.dirname(file));
  return true;
}

/** Appends in one go and waits for the disk. */
export async function appendTo(files: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(await files.append(file), [bytes]);
}

async function writeWhole(target: OpenFile, chunks: Chunks): Promise<void> {
  try {
    for await (const chunk of chunks) {
      for (let done = 0; done < chunk.length; ) {
        const written = await target.write(chunk.subarray(done));
        if (written <= 0) throw new Error('the disk takes no more bytes');
        done += written;
      }
    }
    await target.sync();
  } finally {
    await target.close();
  }
}

/**
 * Keeps a file under a second name without its own ever being gone: readers come at any moment. The second name is
 * made aside and moved over the old one, since a link cannot replace anything.
 */
async function keep(files: FileSystem, file: string, keepAs: string): Promise<void> {
  const aside = partialName(keepAs);
  try {
    await files.link(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, ...NO_LINKS)) throw error;
    return files.rename(file, keepAs);
  }
  await files.rename(aside, keepAs);
  // Where both were names of one file already (a crash came just before the last rename), this one is still there.
  await files.remove(aside);
}

/** What disks without second names (FAT, some network shares) answer: there the name is gone for an instant. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES'];

/** Removes what interrupted writes left in a folder. Only for a folder that nobody else writes to. */
export async function removePartials(files: FileSystem, folder: string): Promise<void> {
  const names = await files.list(folder);
  await Promise.all(names.filter(isPartial).map((name) => files.remove(path.join(folder, name))));
}

export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly retries: number;
  /** Before the first retry; doubles each time. */
  readonly firstDelayMs: number;
}

export const DISK_RETRIES: RetryPolicy = { retries: 3, firstDelayMs: 100 };

/** Tries a disk write again after a pause; the last failure is thrown. */
export function retryingWrite<T>(
  write: () => Promise<T>,
  policy: RetryPolicy,
  onRetry: (error: Error) => void = () => {},
): Promise<T> {
  return pRetry(write, {
    retries: policy.retries,
    minTimeout: policy.firstDelayMs,
    factor: 2,
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (retriesLeft > 0) onRetry(error);
    },
    shouldRetry: ({ error }) => !(error instanceof DataError),
  });
}
