import { execFileSync } from 'node:child_process';
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
