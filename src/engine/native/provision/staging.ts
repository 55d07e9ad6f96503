import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '../../../files/file-system.js';
import { clearOwnedFolders, makeOwnedFolder } from '../../../files/owned-folder.js';

const PREFIX = '.tmp-';

/** An empty folder for what is not finished, in a cache of engines or its downloads. The caller removes it. */
export function makeStaging(folder: string): Promise<string> {
  return makeOwnedFolder(folder, PREFIX);
}

/** Removes what killed processes have left; what one on another machine or in another container has, only where `all` is. */
export async function clearStaging(cacheDir: string, all: boolean): Promise<void> {
  // Under the lock: nobody else is at work then, and nothing of it is in use.
  const staleMs = all ? 0 : undefined;
  for (const folder of [cacheDir, join(cacheDir, 'downloads')]) await clearOwnedFolders(folder, PREFIX, staleMs);
}

/** Waits until the disk has every file and every name in a folder: what is renamed then is whole after a power cut. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await nodeFileSystem.syncFolder(folder);
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
