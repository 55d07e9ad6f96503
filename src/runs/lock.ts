import { constants, promises as fs } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import { z } from 'zod';
import { DataError } from '../errors.js';
import { errorCode } from '../files/errors.js';

const Owner = z.object({ pid: z.int().positive(), host: z.string(), started: z.string() });
type Owner = z.infer<typeof Owner>;

/** A machine that cannot be asked whether its process lives is believed dead after this long without a sign of life. */
const STALE_MS = 120_000;
/** Taking a lock is a matter of milliseconds. */
const GUARD_STALE_MS = 3_000;

export interface RunLock {
  /** True when another process took the run over, e.g. while this machine slept. */
  lost(): boolean;
  release(): Promise<void>;
}

/**
 * Claims a run for this process. The lock of a process that was killed is recovered at once.
 *
 * @throws {DataError} when a living process trains it.
 */
export async function lockRun(folder: string): Promise<RunLock> {
  await fs.access(folder, constants.W_OK).catch((error: unknown) => {
    throw new DataError(`the run ${folder} cannot be written: ${errorCode(error) ?? String(error)}`, { cause: error });
  });
  // Only one process at a time looks at the lock and takes it: two that find a dead owner must not both recover.
  const unguard = await lockfile.lock(path.join(folder, '.guard'), {
    realpath: false,
    stale: GUARD_STALE_MS,
    retries: { retries: 40, minTimeout: 50, maxTimeout: 200 },
  });
  try {
    const owner = await livingOwner(folder);
    if (owner !== undefined) throw busy(folder, owner);
    return await take(folder);
  } finally {
    await unguard();
  }
}

/** Who trains a run now; undefined for nobody. Changes nothing. */
export async function livingOwner(folder: string): Promise<{ pid: number; host: string } | undefined> {
  const stat = await fs.stat(`${trainingLock(folder)}.lock`).catch(() => undefined);
  if (stat === undefined) return undefined;
  const owner = await readOwner(folder);
  const fresh = Date.now() - stat.mtimeMs < STALE_MS;
  if (owner === undefined) return fresh ? { pid: 0, host: hostname() } : undefined;
  if (owner.host !== hostname()) return fresh ? owner : undefined;
  return owner.started === (await startOf(owner.pid)) ? owner : undefined;
}

async function take(folder: string): Promise<RunLock> {
  let lost = false;
  // Nobody living owns what may be left of an older lock.
  await fs.rm(`${trainingLock(folder)}.lock`, { recursive: true, force: true });
  // First the owner: a process killed in between leaves no lock without one.
  const owner: Owner = { pid: process.pid, host: hostname(), started: (await startOf(process.pid)) ?? '' };
  await fs.writeFile(ownerPath(folder), JSON.stringify(owner));
  const unlock = await lockfile.lock(trainingLock(folder), {
    realpath: false,
    stale: STALE_MS,
    update: STALE_MS / 8,
    onCompromised: () => {
      lost = true;
    },
  });
  return {
    lost: () => lost,
    release: async () => {
      if (lost) return;
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

async function readOwner(folder: string): Promise<Owner | undefined> {
  try {
    return Owner.parse(JSON.parse(await fs.readFile(ownerPath(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * When a process started, as far as the system tells ('' where it only tells that it lives): a number that the
 * system gave away again must not pass for the process that had it before. Undefined when there is none.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (errorCode(error) !== 'EPERM') return undefined;
  }
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie writes no more: it is dead but for its parent's leave.
  if (fields[0] === 'Z') return undefined;
  return fields[19] ?? '';
}

/** Another process trains the run: waiting may help. */
export class RunBusyError extends DataError {}

function busy(folder: string, owner: { pid: number; host: string }): RunBusyError {
  const where = owner.host === hostname() ? '' : ` on ${owner.host}`;
  const who = owner.pid > 0 ? ` by process ${owner.pid}${where}` : '';
  return new RunBusyError(`the run ${folder} is being trained${who}`, {
    hint: 'Wait until it ends or stop it, then resume.',
  });
}
