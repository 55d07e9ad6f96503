import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { lockRun } from '../../src/runs/lock.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

/** Four runs of one minute, the oldest first: their names, which begin with that minute, sort otherwise. */
async function workplace() {
  const cwd = temporaryFolder();
  const runsDir = path.join(cwd, 'runs');
  const at = (second: number) => new Date(2026, 10, 24, 9, 12, second);
  const record = (second: number, run: Omit<Parameters<typeof recordRun>[1], 'created'>) =>
    recordRun(runsDir, { ...run, created: at(second) });
  const names = {
    zeta: await record(1, { name: 'zeta', bestValAccuracy: 0.8, testAccuracy: 0.9, labels: { tags: ['baseline'] } }),
    conv: await record(2, { name: 'conv', bestValAccuracy: 0.93, testAccuracy: 0.92, batchSize: 64 }),
    vgg: await record(3, { name: 'vgg7', bestValAccuracy: 0.91, testAccuracy: 0.93, labels: { note: 'with dropout' } }),
    alpha: await record(4, {
      name: 'alpha',
      bestValAccuracy: 0.7,
      testAccuracy: 0.71,
      labels: { tags: ['baseline', 'b'] },
    }),
  };
  const runs = (...args: string[]) => runCli(['runs', ...args], { cwd });
  const listed = async (...args: string[]): Promise<string[]> =>
    JSON.parse((await runs('list', ...args, '--json')).stdout).runs.map(({ name }: { name: string }) => name);
  return { cwd, runsDir, runs, listed, ...names };
}

describe('many runs', () => {
  it('of one minute stand in the order in which they were made, and last is the last of them', async () => {
    const { cwd, runs, listed, zeta, conv, vgg, alpha } = await workplace();
    expect(await listed()).toEqual([zeta, conv, vgg, alpha]);
    rmSync(path.join(cwd, 'runs', 'latest'));
    expect((await runs('show', 'last')).stdout).toContain(alpha);
  });

  it('are sorted by their results, the best first', async () => {
    const { listed, zeta, conv, vgg, alpha } = await workplace();
    expect(await listed('--sort', 'test')).toEqual([vgg, conv, zeta, alpha]);
    expect(await listed('--sort', 'val', '--reverse')).toEqual([alpha, zeta, vgg, conv]);
    expect(await listed('--sort', 'name')).toEqual([alpha, conv, vgg, zeta]);
  });

  it('are filtered by model, tag, and settings', async () => {
    const { runs, listed, zeta, conv, vgg, alpha } = await workplace();
    expect(await listed('--filter', 'model=vgg7')).toEqual([vgg]);
    expect(await listed('--filter', 'tag=baseline')).toEqual([zeta, alpha]);
    expect(await listed('--filter', 'tag=baseline', '--filter', 'tag=b')).toEqual([alpha]);
    expect(await listed('--filter', 'training.batchSize=64')).toEqual([conv]);
    expect((await runs('--filter', 'tag=nope')).stdout).toBe('No run in runs passes the filter.\n');
    for (const [filter, message] of [
      ['modle=vgg7', 'no run has a "modle". Did you mean "model"?'],
      ['vgg7', 'must be KEY=VALUE'],
    ] as const) {
      const { code, stderr } = await runs('--filter', filter);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });

  it('show their note and tags, and get others', async () => {
    const { runs, vgg, alpha } = await workplace();
    expect((await runs()).stdout).toMatch(new RegExp(`${alpha} .* baseline b$`, 'm'));
    expect((await runs('show', vgg)).stdout).toContain('with dropout');
    await runs('label', vgg, '--tag', 'good', '--tag', 'b', '--note', 'with more dropout');
    const labelled = JSON.parse((await runs('label', vgg, '--untag', 'b', '--json')).stdout).labelled;
    expect(labelled).toEqual([{ name: vgg, note: 'with more dropout', tags: ['good'] }]);
    expect((await runs('label', vgg, '--tag', 'two words')).code).toBe(2);
  });

  it('are pruned to the best by validation: first shown, then removed after a yes, never while in training', async () => {
    const { cwd, runsDir, runs, zeta, conv, vgg, alpha } = await workplace();
    const lock = await lockRun(path.join(runsDir, alpha));
    const summary = path.join(runsDir, alpha, 'summary.json');
    writeFileSync(summary, JSON.stringify({ ...JSON.parse(readFileSync(summary, 'utf8')), status: 'running' }));

    const shown = await runs('prune', '--keep-best', '2', '--dry-run');
    expect(shown.stdout).toContain(zeta);
    for (const name of [conv, vgg, alpha]) expect(shown.stdout).not.toContain(name);
    expect(readdirSync(runsDir)).toContain(zeta);
    expect((await runs('prune', '--keep-best', '2')).code).toBe(2);

    const terminal = new Terminal(process.execPath, [BIN, 'runs', 'prune', '--keep-best', '2'], {
      columns: 100,
      rows: 30,
      cwd,
    });
    await terminal.until((screen) => screen.includes('Remove 1 run with all checkpoints? [y/N]'));
    terminal.type('y\r');
    expect((await terminal.finished()).exitCode).toBe(0);
    for (const name of [conv, vgg, alpha]) expect(existsSync(path.join(runsDir, name, 'config.json'))).toBe(true);
    expect(existsSync(path.join(runsDir, zeta))).toBe(false);
    await lock.release();
  });

  it('say what takes their room, and give up what they can do without', async () => {
    const { runsDir, runs, conv } = await workplace();
    const checkpoints = path.join(runsDir, conv, 'checkpoints');
    writeFileSync(path.join(checkpoints, 'last.previous.safetensors'), Buffer.alloc(3 * 1024 * 1024));
    expect((await runs('show', conv)).stdout).toMatch(/last checkpoint \d+\.\d\d KB[\s·]+spare checkpoints 3\.00 MB/);
    const { slimmed, removed, bytes } = JSON.parse((await runs('prune', '--slim', '--yes', '--json')).stdout);
    expect({ slimmed, removed, bytes }).toEqual({ slimmed: [conv], removed: [], bytes: 3 * 1024 * 1024 });
    expect(readdirSync(checkpoints)).toEqual(['last.safetensors']);
    expect((await runs('prune', '--slim', '--yes')).stdout).toBe('There is nothing to remove.\n');
    expect((await runs('prune')).code).toBe(2);
  });
});

describe('a run that somebody names', () => {
  beforeAll(nativeBinding);

  it('lies under its name, with its note and tags, which stay when it is resumed; the name is taken then', async () => {
    const cwd = temporaryFolder();
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
    writeFileSync(path.join(cwd, 'tiny.json'), JSON.stringify({ name: 'tiny', layers }));
    const train = (...args: string[]) => runCli(['train', '--limit', '200', '--device', 'cpu', ...args], { cwd });
    const labels = ['--name', 'first-try', '--note', 'no convolutions', '--tag', 'a', '--tag', 'b'];
    const first = await train('--config', 'tiny.json', '--epochs', '1', ...labels);
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('next: fmnist runs show first-try')]);
    const again = await train('--config', 'tiny.json', '--name', 'first-try');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('there is a run "first-try"')]);
    expect((await train('--resume', 'first-try', '--epochs', '2', '--tag', 'c')).code).toBe(0);
    const run = JSON.parse((await runCli(['runs', 'show', 'first-try', '--json'], { cwd })).stdout);
    expect(run).toMatchObject({ name: 'first-try', epochs: 2, note: 'no convolutions', tags: ['a', 'b', 'c'] });
  });
});

describe('fmnist cache', () => {
  it('lists data sets and engines with their sizes, and removes those that are named', async () => {
    const home = temporaryFolder();
    const cache = path.join(home, 'fmnist');
    for (const [name, bytes] of [
      ['data/fashion-mnist/images', 2048],
      ['data/digits/images', 100],
      ['engines/tensorflow-1-cpu/lib.so', 5000],
    ] as const) {
      mkdirSync(path.dirname(path.join(cache, name)), { recursive: true });
      writeFileSync(path.join(cache, name), Buffer.alloc(bytes));
    }
    const fmnist = (...args: string[]) => runCli(['cache', ...args], { env: { XDG_CACHE_HOME: home } });
    expect((await fmnist()).stdout).toMatch(/^data\/fashion-mnist +2\.00 KB$/m);
    expect(JSON.parse((await fmnist('list', '--json')).stdout)).toEqual({
      folder: cache,
      entries: [
        { name: 'data/digits', bytes: 100 },
        { name: 'data/fashion-mnist', bytes: 2048 },
        { name: 'engines/tensorflow-1-cpu', bytes: 5000 },
      ],
    });
    await fmnist('clean', 'engines', '--dry-run');
    expect(readdirSync(path.join(cache, 'engines'))).toHaveLength(1);
    expect((await fmnist('clean', 'engines')).code).toBe(2);
    expect((await fmnist('clean', '../..', '--yes')).code).toBe(2);
    await fmnist('clean', 'engines', 'data/digits', '--yes');
    expect(readdirSync(path.join(cache, 'engines'))).toEqual([]);
    expect(readdirSync(path.join(cache, 'data'))).toEqual(['fashion-mnist']);
  });
});
