import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { livingOwner, lockRun } from '../../src/runs/lock.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

function leaveLock(folder: string, owner: object): void {
  mkdirSync(path.join(folder, '.training.lock'));
  writeFileSync(path.join(folder, '.training.json'), JSON.stringify(owner));
}

describe('the lock of a run', () => {
  it('keeps a second process out until it is released', async () => {
    const folder = temporaryFolder();
    const lock = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toThrow(`is being trained by process ${process.pid}`);
    await lock.release();
    expect(await livingOwner(folder)).toBeUndefined();
    await (await lockRun(folder)).release();
  });

  it('is had by one of many that come at once', async () => {
    const folder = temporaryFolder();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
    const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  });

  it('of a killed process is recovered', async () => {
    const folder = temporaryFolder();
    const dead = spawnSync(process.execPath, ['-e', '']);
    leaveLock(folder, { pid: dead.pid, host: hostname(), started: '1' });
    await (await lockRun(folder)).release();
  });

  it('of a process whose number went to another is recovered too', async () => {
    const folder = temporaryFolder();
    const other = spawn('sleep', ['30']);
    try {
      leaveLock(folder, { pid: other.pid, host: hostname(), started: '1' });
      await (await lockRun(folder)).release();
    } finally {
      other.kill();
    }
  });

  it('of another machine is respected while it gives signs of life', async () => {
    const folder = temporaryFolder();
    leaveLock(folder, { pid: 1, host: 'elsewhere', started: '1' });
    await expect(lockRun(folder)).rejects.toThrow('process 1 on elsewhere');
  });
});
