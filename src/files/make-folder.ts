import { promises as fs } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder, and those above it that are missing; fine where it is there. Node would try a relative path without end
 * where somebody has removed the working folder: an absolute one ends.
 */
export async function makeFolder(folder: string): Promise<void> {
  await fs.mkdir(path.resolve(folder), { recursive: true });
}
