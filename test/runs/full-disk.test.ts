import { execFileSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

test('a disk that fills up: training goes on, but fails rather than lose its end; with room again the run goes on', async (context) => {
  const disk = temporaryFolder();
  try {
    // A checkpoint has 2.9 MB: the first one fits, a second beside it does not.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    context.skip('this user may not mount a small disk');
  }
  try {
    const flags = ['train', '--device', 'cpu', '--runs-dir', `${disk}/runs`];
    const full = await runCli([...flags, '--model', 'conv-pool', '--limit', '400', '--epochs', '2']);
    expect(full.code).toBe(3);
    expect(full.stdout).toMatch(/warning: could not write checkpoints\/last\.safetensors .*ENOSPC.* Training goes on/);
    expect(full.stdout).toContain('epoch 2/2');
    expect(full.stderr).toMatch(/^error nothing can be saved any more: .*ENOSPC.*\ntry {3}Make room there/);

    execFileSync('mount', ['-o', 'remount,size=40m', disk]);
    const resumed = await runCli([...flags, '--resume', 'last']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain('epoch 2/2');
  } finally {
    execFileSync('umount', [disk]);
  }
});
