import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll } from 'vitest';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders.splice(0)) await remove(folder);
});

/** An empty folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'fmnist-test-'));
  folders.push(folder);
  return folder;
}

/** A program that was stopped last may still write its end there: rmSync's own retries do not look for new files, these do. */
async function remove(folder: string, patience = 100): Promise<void> {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (patience === 0) throw error;
    await setTimeout(100);
    await remove(folder, patience - 1);
  }
}
