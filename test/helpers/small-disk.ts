import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

/** A disk that can fill up, until the test ends. The test is skipped for a user who may not mount one. */
export function smallDisk(context: TestContext, megabytes: number) {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    context.skip('this user may not mount a small disk');
  }
  context.onTestFinished(() => {
    execFileSync('umount', [folder]);
  });
  return {
    folder,
    grow: (megabytes: number) => execFileSync('mount', ['-o', `remount,size=${megabytes}m`, folder]),
  };
}

/** Takes all the room that is left, by a file. */
export function fill(file: string): void {
  for (let size = 1 << 16; size >= 1; size >>= 4) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // Full for pieces of this size.
    }
  }
  if (!existsSync(file)) throw new Error('the disk could not be filled');
}
