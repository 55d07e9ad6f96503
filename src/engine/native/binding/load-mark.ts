import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const MARK = '.loading-';

/**
 * Loads an engine between two marks in its folder: a library that is damaged inside ends the process that loads it
 * without a word, and the mark that is left says so to the next.
 */
export function marked<T>(folder: string, load: () => T): T {
  const mark = path.join(folder, `${MARK}${process.pid}`);
  const marking = quietly(() => writeFileSync(mark, '', { flag: 'wx' }));
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
      if (!name.startsWith(MARK) || isAlive(Number(name.slice(MARK.length)))) continue;
      died = true;
      rmSync(path.join(folder, name));
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
