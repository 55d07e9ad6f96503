import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const cwd = temporaryFolder();
const fmnist = (...args: string[]) => runCli(args, { cwd });

it('writes a config with comments that is valid and trains, and replaces none that is there', async () => {
  const made = await fmnist('init', 'my-net');
  expect([made.code, made.stdout]).toEqual([
    0,
    expect.stringMatching(/^wrote my-net\.json\n.*train --config my-net\.json$/m),
  ]);
  const text = readFileSync(path.join(cwd, 'my-net.json'), 'utf8');
  expect(text).toMatch(/^\/\/ .*my-net/);
  const checked = await fmnist('validate', 'my-net.json');
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('model "my-net"')]);
  const limits = ['--limit', '128', '--epochs', '1', '--data', 'synthetic', '--device', 'cpu'];
  const { stdout } = await fmnist('train', '--config', 'my-net.json', ...limits, '--json');
  const end = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
  expect(end).toMatchObject({ event: 'run_end', status: 'completed', ttaTest: { views: 'flip' } });

  const again = await fmnist('init', 'my-net.json');
  expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/my-net\.json is there already[\s\S]*--force/)]);
  expect((await fmnist('init', 'my-net', '--force')).code).toBe(0);
  const bundled = await fmnist('init', 'conv');
  expect([bundled.code, bundled.stderr]).toEqual([
    2,
    expect.stringMatching(/^error conv is the name of a bundled model/),
  ]);
  const odd = await fmnist('init', '../net');
  expect([odd.code, odd.stderr]).toEqual([2, expect.stringMatching(/"\.\.\/net" must be letters, digits/)]);
});
