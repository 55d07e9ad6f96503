import type { ChildProcess } from 'node:child_process';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { hasCode } from '../../src/files/errors.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const CONFIG = {
  name: 'read',
  layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
  training: { epochs: 100_000, batchSize: 32 },
};

test('whoever opens last or best by its path, at any moment while they are saved, finds one', async () => {
  const cwd = temporaryFolder();
  await fs.writeFile(path.join(cwd, 'read.json'), JSON.stringify(CONFIG));
  let running = true;
  let child: ChildProcess | undefined;
  const training = runCli(
    ['train', '--model', 'read.json', '--limit', '320', '--checkpoint-minutes', '0', '--device', 'cpu', '--json'],
    {
      cwd,
      onStdout: (_, process) => {
        if (tries.found <= 1000) child = process;
      },
    },
  ).finally(() => {
    running = false;
  });
  const tries = { found: 0, missing: 0 };
  const there = new Set<string>();
  while (running) {
    for (const name of ['last.safetensors', 'best.safetensors']) {
      const file = path.join(cwd, 'runs', 'latest', 'checkpoints', name);
      try {
        await (await fs.open(file)).close();
        there.add(name);
        tries.found++;
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error;
        if (there.has(name)) tries.missing++;
      }
    }
    // Once: a second one would end it on the spot.
    if (tries.found > 1000 && there.size === 2) {
      child?.kill('SIGINT');
      child = undefined;
    }
    await setImmediate();
  }
  expect((await training).code).toBe(130);
  expect(tries.found).toBeGreaterThan(1000);
  expect(tries.missing).toBe(0);
});
