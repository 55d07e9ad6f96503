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

/** The few calls that runs are written with: small, so that tests can make each of them fail. */
export interface FileSystem {
  /** A new file; refuses an existing one and never follows a link. */
  create(path: string): Promise<OpenFile>;
  /** The file, made if need be, for writing at its end; never follows a link. */
  append(path: string): Promise<OpenFile>;
  read(path: string): Promise<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
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
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
    return opened(await fs.open(file, flags));
  },
  read: (file) => fs.readFile(file),
  rename: (from, to) => fs.rename(from, to),
  remove: (file) => fs.rm(file, { force: true }),
  list: (folder) => fs.readdir(folder),
  syncFolder,
};

function opened(handle: fs.FileHandle): OpenFile {
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
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

/** Whether a name is that of a file that was being written, and still is or never will be. */
export function isPartial(name: string): boolean {
  return PARTIAL.test(name);
}

/**
 * Replaces a file as a whole: whoever reads `file`, at any moment and after any crash, finds the old bytes or the new.
 * With `keepAs`, the old file is kept under that name.
 */
export async function writeAtomically(
  files: FileSystem,
  file: string,
  chunks: readonly Uint8Array[],
  keepAs?: string,
): Promise<void> {
  const partial = `${file}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await writeWhole(await files.create(partial), chunks);
    if (keepAs !== undefined) await renameIfThere(files, file, keepAs);
    await files.rename(partial, file);
  } catch (error) {
    await files.remove(partial).catch(() => {});
    throw error;
  }
  await files.syncFolder(path.dirname(file));
}

/** Appends in one go and waits for the disk. */
export async function appendTo(files: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(await files.append(file), [bytes]);
}

async function writeWhole(target: OpenFile, chunks: readonly Uint8Array[]): Promise<void> {
  try {
    for (const chunk of chunks) {
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

async function renameIfThere(files: FileSystem, from: string, to: string): Promise<void> {
  try {
    await files.rename(from, to);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

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
