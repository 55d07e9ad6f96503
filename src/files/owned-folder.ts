import { promises as fs } from 'node:fs';
import path from 'node:path';
import { isAlive, processIdentitySchema, thisProcess } from './process-identity.js';
import { readBounded } from './read.js';

const OWNER = '.owner.json';
const MOST_BYTES = 10_000;

/** A folder of this process alone, with its name in it, so that others can remove it should the process be killed. */
export async function makeOwnedFolder(parent: string, prefix: string): Promise<string> {
  const folder = await fs.mkdtemp(path.join(parent, prefix));
  try {
    await fs.writeFile(path.join(folder, OWNER), JSON.stringify(thisProcess()));
    return folder;
  } catch (error) {
    await fs.rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Removes such folders of processes that live no more; those of which this process cannot know it (of another machine or
 * container) when they are older than `staleMs`.
 */
export async function clearOwnedFolders(
  parent: string,
  prefix: string,
  staleMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const names = await fs.readdir(parent).catch(() => []);
  for (const folder of names.filter((name) => name.startsWith(prefix)).map((name) => path.join(parent, name))) {
    const inUse = (await ownerLives(folder)) ?? (await ageOf(folder)) < staleMs;
    if (!inUse) await fs.rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

/** Undefined where nobody knows; its owner may be about to write who it is. */
async function ownerLives(folder: string): Promise<boolean | undefined> {
  try {
    const owner = await readBounded(path.join(folder, OWNER), { most: MOST_BYTES });
    return isAlive(processIdentitySchema.parse(JSON.parse(String(owner))));
  } catch {
    return undefined;
  }
}

/** Milliseconds. */
async function ageOf(folder: string): Promise<number> {
  return Date.now() - (await fs.lstat(folder).then((stat) => stat.mtimeMs, Date.now));
}
