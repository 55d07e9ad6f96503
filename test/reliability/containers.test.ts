import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
/** Process numbers of its own under the same host name, as containers have them. */
const CONTAINER = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const possible = spawnSync('unshare', [...CONTAINER, 'true']).status === 0;

/** When the run has begun. */
async function started(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('its output is not read');
  for await (const line of createInterface(child.stdout)) if (line.includes('"event":"checkpoint"')) return;
  throw new Error('it never began');
}

test.skipIf(!possible)('a run that trains in another container is seen, and neither resumed nor removed', async () => {
  const cwd = temporaryFolder();
  const train = [
    'train',
    '--model',
    'conv-pool',
    '--data',
    'synthetic',
    '--device',
    'cpu',
    '--epochs',
    '1000',
    '--json',
  ];
  const child = spawn('unshare', [...CONTAINER, process.execPath, BIN, ...train], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await started(child);
    const [run = ''] = readdirSync(path.join(cwd, 'runs')).filter((name) => name !== 'latest');
    const list = await runCli(['runs', '--json'], { cwd });
    expect(JSON.parse(list.stdout).runs).toMatchObject([{ name: run, status: 'running' }]);
    for (const args of [
      ['train', '--resume', run],
      ['runs', 'rm', run, '--yes'],
    ]) {
      const { code, stderr } = await runCli(args, { cwd });
      expect(code).toBe(3);
      expect(stderr).toMatch(/^error the run runs\/.* is being trained/);
    }
    expect(readdirSync(path.join(cwd, 'runs', run))).toContain('checkpoints');
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
