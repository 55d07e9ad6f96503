import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { hasCode } from '../../../files/errors.js';

/** A lock whose holder has not touched it for so long is taken over: its process has died. */
const STALE_MS = 15_000;
const POLL_MS = 500;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  readonly onWait: () => void;
}

/** Runs `action` while no other process runs one on this folder. `waited`: whether another did just before. */
export async function withLock<T>(
  folder: string,
  { signal, onWait }: LockOptions,
  action: (waited: boolean) => Promise<T>,
): Promise<T> {
  let waited = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const release = await lockfile.lock(folder, {
        lockfilePath: join(folder, '.lock'),
        stale: STALE_MS,
        realpath: false,
        // Its default throws out of a timer. A lock lost to a long pause is harmless: what is built is renamed into place.
        onCompromised: () => {},
      });
      try {
        return await action(waited);
      } finally {
        await release().catch(() => {});
      }
    } catch (error) {
      if (!hasCode(error, 'ELOCKED')) throw error;
      if (!waited) onWait();
      waited = true;
      // An abort ends the sleep; the next turn throws its reason.
      await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    }
  }
}
