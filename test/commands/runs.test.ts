import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lockRun } from '../../src/runs/lock.js';
import { pointLatest } from '../../src/runs/names.js';
import { runCli } from '../helpers/cli.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

/** A working directory with two finished runs and one that was killed. */
async function workplace() {
  const cwd = temporaryFolder();
  const runsDir = path.join(cwd, 'runs');
  const conv = await recordRun(runsDir, { name: 'conv', seed: 1 });
  const vgg = await recordRun(runsDir, { name: 'vgg7', batchSize: 64, epochs: 5 });
  const killed = await recordRun(runsDir, { name: 'mine', ended: false });
  return { cwd, runsDir, conv, vgg, killed, fmnist: (...args: string[]) => runCli(['runs', ...args], { cwd }) };
}

describe('fmnist runs', () => {
  it('lists every run, tells which was interrupted and how to go on', async () => {
    const { fmnist, conv, vgg, killed } = await workplace();
    const { stdout, code } = await fmnist();
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`${conv} +completed +3/3 +93.12% +91.05%`));
    expect(stdout).toMatch(new RegExp(`${vgg} +completed +5/5`));
    expect(stdout).toMatch(new RegExp(`${killed} +interrupted +3/3`));
    expect(stdout).toContain(`fmnist train --resume ${killed}`);
    const listed = JSON.parse((await fmnist('list', '--json')).stdout);
    expect(listed.runs.map((run: { status: string }) => run.status).sort()).toEqual([
      'completed',
      'completed',
      'interrupted',
    ]);
  });

  it('says where to begin when there are none', async () => {
    const { stdout, code } = await runCli(['runs'], { cwd: temporaryFolder() });
    expect([code, stdout]).toEqual([0, 'No runs in runs. Start one with: fmnist train\n']);
  });

  it('shows a run with both charts and its results, by any part of its name', async () => {
    const { fmnist, vgg } = await workplace();
    const { stdout } = await fmnist('show', vgg.slice(-4));
    expect(stdout).toContain(`${vgg} · vgg7 · completed, 5 of 5 epochs`);
    expect(stdout).toMatch(/^loss .*train ─ {2}val ═$/m);
    expect(stdout).toMatch(/^accuracy .*train ─ {2}val ═$/m);
    expect(stdout).toContain('test accuracy 91.05%');
    expect(stdout).toMatch(/^Ankle boot +0\.9/m);
    expect(JSON.parse((await fmnist('show', vgg, '--json')).stdout)).toMatchObject({
      name: vgg,
      history: [{}, {}, {}, {}, {}],
    });
  });

  it('compares runs: overlaid charts, results, and only what differs in their settings', async () => {
    const { fmnist, conv, vgg, killed } = await workplace();
    const { stdout } = await fmnist('compare', conv, vgg, killed);
    expect(stdout).toContain(`A ─── ${conv}`);
    expect(stdout).toContain(`C ━━━ ${killed}`);
    expect(stdout).toContain('validation loss');
    expect(stdout).toMatch(/config\.training\.batchSize +32 +64 +32/);
    expect(stdout).toMatch(/seed +1 +42 +42/);
    expect(stdout).not.toContain('earlyStopping');
    expect(stdout).not.toContain('learningRate');
    expect(stdout).not.toContain('data.source');
    expect(stdout).toContain('A and B have the same best validation accuracy, 93.12%.');
    const { differences, best } = JSON.parse((await fmnist('compare', conv, vgg, '--json')).stdout);
    expect(best).toMatchObject({ metric: 'testAccuracy', value: 0.9105, lead: 0 });
    expect(differences).toContainEqual({ path: 'config.training.epochs', values: ['3', '5'] });
  });

  it('says which of compared runs did best, and how far each is from the first', async () => {
    const { runsDir, conv, vgg, fmnist } = await workplace();
    const file = path.join(runsDir, vgg, 'summary.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('0.9105', '0.8999'));
    const environment = path.join(runsDir, vgg, 'environment.json');
    writeFileSync(environment, readFileSync(environment, 'utf8').replace(/"source": ".*"/, '"source": "elsewhere"'));
    const { stdout } = await fmnist('compare', conv, vgg);
    expect(stdout).toMatch(/^B .* \+0\.00 {2}93\.12% +−1\.06 {2}89\.99%/m);
    expect(stdout).toContain('A has the best test accuracy, 91.05%: 1.06 points above the next.');
    expect(stdout).not.toContain('elsewhere');
  });

  it('shows a run by its path too, wherever it lies, and the newest by that of its link', async () => {
    const { runsDir, cwd, vgg, fmnist } = await workplace();
    for (const name of [path.join(runsDir, vgg), `runs/${vgg}`, `./runs/../runs/${vgg}/`]) {
      expect(JSON.parse((await fmnist('show', name, '--json')).stdout).folder).toBe(path.join('runs', vgg));
    }
    const last = JSON.parse((await fmnist('show', 'last', '--json')).stdout).name;
    expect(JSON.parse((await fmnist('show', 'runs/latest', '--json')).stdout).name).toBe(last);
    const elsewhere = await runCli(['runs', 'show', path.join(runsDir, vgg), '--json'], { cwd: temporaryFolder() });
    expect(JSON.parse(elsewhere.stdout).name).toBe(vgg);
    const inside = await runCli(['runs', 'show', '.', '--json'], { cwd: path.join(cwd, 'runs', vgg) });
    expect(JSON.parse(inside.stdout).name).toBe(vgg);
  });

  it('draws within a terminal of any width', async () => {
    const { cwd, conv, vgg } = await workplace();
    for (const columns of [120, 60]) {
      for (const args of [
        ['show', vgg],
        ['compare', conv, vgg],
      ]) {
        const terminal = new Terminal(process.execPath, [BIN, 'runs', ...args], { columns, rows: 30, cwd });
        expect((await terminal.finished()).exitCode).toBe(0);
        expect(terminal.wrapped).toBe(false);
        expect(terminal.output).toContain('\x1b[38;2;');
      }
    }
  });

  it.each([120, 80, 60, 40])(
    'lists runs within %i columns: each in one line, with its name and test accuracy',
    async (columns) => {
      const { cwd, conv, vgg } = await workplace();
      const terminal = new Terminal(process.execPath, [BIN, 'runs'], { columns, rows: 30, cwd });
      await terminal.until((screen) => screen.includes('next: '));
      expect((await terminal.finished()).exitCode).toBe(0);
      const table = terminal.screen.slice(0, 5);
      for (const name of [conv, vgg]) {
        expect(table.find((line) => line.includes(name.slice(-20)))).toMatch(/ 91\.05%/);
      }
      for (const line of table) expect(line.length).toBeLessThan(columns);
    },
  );

  it('removes a run only after a yes, and moves latest on', async () => {
    const { cwd, runsDir, vgg, killed, fmnist } = await workplace();
    const refused = await fmnist('rm', killed);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    for (const [answer, gone] of [
      ['n\r', false],
      // Ctrl-D.
      ['\x04', false],
      ['y\r', true],
    ] as const) {
      const terminal = new Terminal(process.execPath, [BIN, 'runs', 'rm', killed], { columns: 100, rows: 20, cwd });
      await terminal.until((screen) => screen.includes('[y/N]'));
      terminal.type(answer);
      expect((await terminal.finished()).exitCode).toBe(0);
      expect(existsSync(path.join(runsDir, killed))).toBe(!gone);
    }
    expect([vgg, readdirSync(runsDir).sort()[0]]).toContain(readlinkSync(path.join(runsDir, 'latest')));
    expect(JSON.parse((await fmnist('rm', vgg, '--yes', '--json')).stdout)).toEqual({ removed: [vgg] });
  });

  it('leaves latest where it was when another run is removed', async () => {
    const { runsDir, conv, vgg, fmnist } = await workplace();
    await pointLatest(runsDir, vgg);
    expect((await fmnist('rm', conv, '--yes')).code).toBe(0);
    expect(readlinkSync(path.join(runsDir, 'latest'))).toBe(vgg);
  });

  it('does not remove a run that is being trained', async () => {
    const { runsDir, vgg, fmnist } = await workplace();
    const lock = await lockRun(path.join(runsDir, vgg));
    const { code, stderr } = await fmnist('rm', vgg, '--yes');
    expect([code, stderr]).toEqual([3, expect.stringContaining(`being trained by process ${process.pid}`)]);
    expect(existsSync(path.join(runsDir, vgg, 'config.json'))).toBe(true);
    await lock.release();
  });

  it('never removes anything outside the runs folder', async () => {
    const { cwd, runsDir, fmnist } = await workplace();
    mkdirSync(path.join(cwd, 'precious'));
    writeFileSync(path.join(cwd, 'precious', 'config.json'), '{}');
    symlinkSync('../precious', path.join(runsDir, 'link'));
    symlinkSync('../precious', path.join(runsDir, 'run-link'));
    for (const name of [
      '../precious',
      'precious',
      'link',
      path.join(cwd, 'precious'),
      './runs/link',
      '.',
      '..',
      'x'.repeat(3000),
    ]) {
      const { code, stderr } = await fmnist('rm', '--yes', name);
      expect([2, 3]).toContain(code);
      expect(stderr.split('\n').length).toBeLessThan(5);
    }
    expect(existsSync(path.join(cwd, 'precious', 'config.json'))).toBe(true);
  });

  it('takes nothing from __proto__ keys, and lists a damaged run as such', async () => {
    const { runsDir, vgg, conv, fmnist } = await workplace();
    writeFileSync(path.join(runsDir, conv, 'config.json'), '{"__proto__":{"polluted":true},"training":{"epochs":3}}');
    writeFileSync(path.join(runsDir, vgg, 'summary.json'), '{"status":');
    const { code, stdout } = await fmnist();
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`${vgg} +damaged`));
    expect(stdout).toMatch(/! .*summary\.json is not JSON/);
    expect((await fmnist('show', conv)).code).toBe(0);
    expect((await fmnist('show', vgg)).code).toBe(3);
  });
});
