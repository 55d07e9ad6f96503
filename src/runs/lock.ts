import { constants, promises as fs, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import { DataError } from '../errors.js';
import { errorCode, hasCode } from '../files/errors.js';
import { nodeFileSystem, writeAtomically } from '../files/file-system.js';
import {
  isAlive,
  mayHaveLackedMemory,
  type ProcessIdentity,
  processIdentitySchema,
  thisProcess,
} from '../files/process-identity.js';
import { readBounded } from '../files/read.js';

/** A process that cannot be asked whether it lives is believed dead after this long without a sign of life. */
const STALE_MS = 120_000;
/** Taking a lock is a matter of milliseconds. */
const GUARD_STALE_MS = 3_000;

export interface RunLock {
  /** Whether the process that had the run before was killed, and others for want of memory meanwhile. */
  readonly lackedMemory: boolean;
  /** Why the run is this process' no more: another took it over while this machine slept, or its folder is gone. */
  lost(): string | undefined;
  release(): Promise<void>;
}

/**
 * Claims a run for this process. The lock of a process that was killed is recovered at once, and after two minutes
 * where this process cannot tell whether it lives (on another machine, in another container).
 *
 * @throws {DataError} when a living process trains it.
 */
export async function lockRun(folder: string): Promise<RunLock> {
  await fs.access(folder, constants.W_OK).catch((error: unknown) => {
    throw unlockable(folder, error);
  });
  const unguard = await guard(folder);
  try {
    const owner = await livingOwner(folder);
    if (owner !== undefined) throw busy(folder, owner);
    const killed = await leftLock(folder);
    return await take(folder, killed !== undefined && mayHaveLackedMemory(killed));
  } catch (error) {
    throw error instanceof DataError ? error : unlockable(folder, error);
  } finally {
    await unguard().catch(() => {});
  }
}

/** Lets only one process at a time look at the lock and take it: two that find a dead owner must not both recover. */
async function guard(folder: string): Promise<() => Promise<void>> {
  await clearGuard(`${path.join(folder, '.guard')}.lock`);
  try {
    return await lockfile.lock(path.join(folder, '.guard'), {
      realpath: false,
      stale: GUARD_STALE_MS,
      retries: { retries: 40, minTimeout: 50, maxTimeout: 200 },
      // Its default throws out of a timer. A guard lost to a long pause has done what it was for.
      onCompromised: () => {},
    });
  } catch (error) {
    throw unlockable(folder, error);
  }
}

/** Removes a guard that would never be given back: no folder, a filled one, or one of a time that is still to come. */
async function clearGuard(guard: string): Promise<void> {
  const stat = await fs.lstat(guard).catch(() => undefined);
  if (stat === undefined) return;
  const ordinary = stat.isDirectory() && (await fs.readdir(guard).catch(() => [])).length === 0;
  if (ordinary && stat.mtimeMs - Date.now() < GUARD_STALE_MS) return;
  await fs.rm(guard, { recursive: true, force: true }).catch(() => {});
}

/** Who left a lock without giving it back; undefined where it was given back. */
async function leftLock(folder: string): Promise<ProcessIdentity | undefined> {
  const lock = await fs.lstat(`${trainingLock(folder)}.lock`).catch(() => undefined);
  return lock?.isDirectory() ? readOwner(folder) : undefined;
}

/** Who trains a run now; undefined for nobody. Changes nothing. */
export async function livingOwner(folder: string): Promise<{ pid: number; host: string } | undefined> {
  const stat = await fs.lstat(`${trainingLock(folder)}.lock`).catch(() => undefined);
  // A lock is a folder: nothing else was ever taken by anybody.
  if (stat?.isDirectory() !== true) return undefined;
  const owner = await readOwner(folder);
  const alive = owner === undefined ? undefined : isAlive(owner);
  const fresh = Date.now() - stat.mtimeMs < STALE_MS;
  return (alive ?? fresh) ? (owner ?? { pid: 0, host: hostname() }) : undefined;
}

async function take(folder: string, lackedMemory: boolean): Promise<RunLock> {
  let compromised = false;
  // Nobody living owns what may be left of an older lock.
  await fs.rm(`${trainingLock(folder)}.lock`, { recursive: true, force: true });
  await fs.rm(ownerPath(folder), { recursive: true, force: true });
  // First the owner: a process killed in between leaves no lock without one.
  await writeAtomically(nodeFileSystem, ownerPath(folder), [Buffer.from(JSON.stringify(thisProcess()))]);
  const unlock = await lockfile.lock(trainingLock(folder), {
    realpath: false,
    stale: STALE_MS,
    update: STALE_MS / 8,
    onCompromised: () => {
      compromised = true;
    },
  });
  const { ino } = await fs.stat(folder);
  return {
    lackedMemory,
    lost: () => {
      const now = statSync(folder, { throwIfNoEntry: false });
      // Some network disks number a folder anew: only the lock says that it is another one.
      if (now === undefined || (compromised && now.ino !== ino))
        return `the run ${folder} was removed while it was trained`;
      return compromised ? `the run ${folder} was taken over by another process` : undefined;
    },
    release: async () => {
      if (compromised) return;
      await unlock();
    },
  };
}

/** proper-lockfile takes a file that need not be there and makes `<file>.lock` beside it. */
function trainingLock(folder: string): string {
  return path.join(folder, '.training');
}

function ownerPath(folder: string): string {
  return path.join(folder, '.training.json');
}

async function readOwner(folder: string): Promise<ProcessIdentity | undefined> {
  try {
    return processIdentitySchema.parse(JSON.parse(String(await readBounded(ownerPath(folder), { most: 10_000 }))));
  } catch {
    return undefined;
  }
}

function unlockable(folder: string, error: unknown): DataError {
  if (hasCode(error, 'ELOCKED')) {
    return new DataError(`the run ${folder} is being opened by other processes`, { hint: 'Try again.', cause: error });
  }
  return new DataError(`the run ${folder} cannot be written: ${errorCode(error) ?? String(error)}`, { cause: error });
}

/** Another process trains the run: waiting may help. */
export class RunBusyError extends DataError {}

function busy(folder: string, owner: { pid: number; host: string }): RunBusyError {
  const where = owner.host === hostname() ? '' : ` on ${owner.host}`;
  const who = owner.pid > 0 ? ` by process ${owner.pid}${where}` : '';
  return new RunBusyError(`the run ${folder} is being trained${who}`, {
    hint: 'Wait until it ends or stop it, then resume. A process in a container that was killed is given up after two minutes.',
  });
}
