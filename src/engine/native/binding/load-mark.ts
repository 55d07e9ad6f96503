import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, processIdentitySchema, thisProcess } from '../../../files/process-identity.js';
import { parsePlainJson } from '../../../json/scan.js';

const MARK = '.loading-';

/**
 * Loads an engine between two marks in its folder: a library that is damaged inside ends the process that loads it
 * without a word, and the mark that is left says so to the next.
 */
export function marked<T>(folder: string, load: () => T): T {
  const mark = path.join(folder, `${MARK}${process.pid}`);
  const marking = quietly(() => writeFileSync(mark, JSON.stringify(thisProcess()), { flag: 'wx' }));
  try {
    return load();
  } finally {
    if (marking) quietly(() => rmSync(mark));
  }
}

/** Whether a process died while it loaded this engine; asked once, since the marks are taken away. */
export function diedLoading(folder: string): boolean {
  let died = false;
  quietly(() => {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(MARK)) continue;
      const mark = path.join(folder, name);
      if (isLoading(mark)) continue;
      died = true;
      rmSync(mark);
    }
  });
  return died;
}

/** In a cache that cannot be written nothing can be marked. */
function quietly(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the process that made a mark is still at it. Of one in another container nobody here knows: it counts as dead,
 * since an engine that is checked once too often costs a second, and one that is not checked every start.
 */
function isLoading(mark: string): boolean {
  const maker = processIdentitySchema.safeParse(parsePlainJson(readFileSync(mark, 'utf8')));
  return maker.success && isAlive(maker.data) === true;
}
