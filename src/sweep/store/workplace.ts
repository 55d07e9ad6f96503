import { promises as fs } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.js';
import { isAlive, processIdentitySchema, thisProcess } from '../../runs/process-identity.js';

const PREFIX = '.trial-';
const OWNER = 'owner.json';

/** An empty folder for one job of this process, in the folder of the sweeps. */
export async function makeWorkplace(sweepsDir: string): Promise<string> {
  await makeFolder(sweepsDir);
  const folder = await fs.mkdtemp(path.join(sweepsDir, PREFIX));
  await fs.writeFile(path.join(folder, OWNER), JSON.stringify(thisProcess()));
  return folder;
}

/** Removes what processes of this machine have left that were killed. */
export async function clearWorkplaces(sweepsDir: string): Promise<void> {
  const names = await fs.readdir(sweepsDir).catch(() => []);
  for (const folder of names.filter((name) => name.startsWith(PREFIX)).map((name) => path.join(sweepsDir, name))) {
    if (await isLeft(folder)) await fs.rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

async function isLeft(folder: string): Promise<boolean> {
  try {
    const owner = JSON.parse(await fs.readFile(path.join(folder, OWNER), 'utf8'));
    return isAlive(processIdentitySchema.parse(owner)) === false;
  } catch {
    return false;
  }
}
