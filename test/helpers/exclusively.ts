import { mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const PATIENCE_MS = 600_000;

/** Does work on a folder that other test files may want at the same time: one of them does it, the others wait. */
export function exclusively<T>(folder: string, work: () => T): T {
  const lock = `${folder}.lock`;
  mkdirSync(path.dirname(lock), { recursive: true });
  while (!taken(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  try {
    return work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // Of one that was killed.
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > PATIENCE_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
