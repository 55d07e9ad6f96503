import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sweepReportSchema } from '../../src/report/sweep/schema.js';
import { openChromium, openPage, violations } from '../helpers/chromium.js';
import { type CliResult, runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { studyFolder, studyResults, writeStudy } from '../helpers/sweeps.js';

beforeAll(nativeBinding);

/** Twelve trials of a small network, in two rungs. */
const STUDY = {
  set: { 'training.epochs': 3 },
  parameters: { 'optimizer.learningRate': [0.001, 0.003, 0.01, 0.03, 0.1, 0.3], 'layers.0.filters': [4, 8] },
  strategy: { type: 'halving' },
};

const study = (over: object = {}) => studyFolder({ ...STUDY, ...over });

/** Trials get one thread each, so that their sums do not depend on how many run beside them. */
const sweep = (cwd: string, ...args: string[]) => runCli(['sweep', ...args], { cwd });
const run = (cwd: string, ...args: string[]) => sweep(cwd, 'run', 'study.json', '--device', 'cpu', ...args);

function events({ stdout }: CliResult): { event: string; job?: { trial: number; rung: number } }[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a sweep on this machine', () => {
  const undisturbed = (async () => {
    const cwd = study();
    return { cwd, outcome: await run(cwd, '--workers', '2', '--json') };
  })();

  it('trains every trial of a rung, the best of them further, and shows them best first', async () => {
    const { cwd, outcome } = await undisturbed;
    expect(outcome.code, outcome.stderr).toBe(0);
    const ended = events(outcome).filter(({ event }) => event === 'job_end');
    expect(ended.map(({ job }) => job?.rung)).toEqual([...Array(12).fill(0), ...Array(4).fill(1)]);
    const shown = JSON.parse((await sweep(cwd, 'show', 'study', '--json')).stdout);
    expect(shown).toMatchObject({ isOver: true, done: 16, metric: 'valAccuracy' });
    const [first, second] = shown.trials;
    expect(first).toMatchObject({ status: 'completed', epochs: 3 });
    expect(first.score).toBeGreaterThanOrEqual(second.score);
    expect(first.score).toBeGreaterThan(0.5);
    expect(Object.keys(shown.importance)).toEqual(['optimizer.learningRate', 'layers.0.filters']);
    expect((await sweep(cwd, 'show', 'study', '--csv')).stdout.split('\n')).toHaveLength(14);
    // In a narrow window trial, score and what parameters fit stay.
    const narrow = await runCli(['sweep', 'show', 'study'], { cwd, env: { COLUMNS: '40' } });
    const table = narrow.stdout.split('\n').slice(1, 15);
    for (const line of table) expect(line.length).toBeLessThan(40);
    expect(table[0]?.split(/\s+/)).toEqual(['Trial', 'Score', 'learningRate']);
  });

  it('has runs that are found by its name, and know whose trials they are', async () => {
    const { cwd } = await undisturbed;
    const runs = (...args: string[]) => runCli(['runs', ...args], { cwd });
    const { runsDir, runs: found } = JSON.parse((await runs('list', '--filter', 'sweep=study', '--json')).stdout);
    expect(found.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['trial0003-seed0']));
    expect(found).toHaveLength(12);
    expect(found[0].sweep).toEqual({ name: 'study', trial: expect.any(Number), seed: 0 });
    expect((await runs('show', path.join(runsDir, 'trial0003-seed0'))).stdout).toContain('trial 3 of sweep study');
    expect((await runs('list', '--filter', 'sweep=other')).stdout).not.toContain('trial0003');
    const pruned = await runs('prune', '--keep-best', '2', '--filter', 'sweep=study', '--dry-run', '--json');
    expect(JSON.parse(pruned.stdout).removed).toHaveLength(10);
  });

  it('is a page of HTML with parallel coordinates and its data', async (context) => {
    const { cwd } = await undisturbed;
    const file = path.join(cwd, 'study.html');
    const { code, stdout, stderr } = await sweep(cwd, 'report', 'study', '--out', file);
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining(`wrote ${file}`)]);
    const browser = await openChromium();
    const { page, troubles } = await openPage(browser, file, context);
    const report = sweepReportSchema.parse(JSON.parse(await page.locator('script#report').innerText()));
    expect(report.trials).toHaveLength(12);
    expect(report.best?.trial).toBe(report.trials[0]?.trial);
    const chart = page.locator('#parallel svg');
    for (const word of ['optimizer.learningRate', 'layers.0.filters', 'valAccuracy', '0.001', 'epochs']) {
      await chart.getByText(word, { exact: true }).waitFor();
    }
    // A line through four axes for each trial.
    expect(await chart.locator('path[fill="none"][stroke^="color-mix"]').count()).toBe(12);
    await chart.hover({ position: { x: 400, y: 200 } });
    expect(troubles).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await browser?.close();
  });

  it('goes on after killed trials and Ctrl-C and trains nothing twice: its results are the same to the byte', async () => {
    const cwd = study();
    let killed = 0;
    let told = false;
    const count = (stdout: string, event: string) => stdout.split(`"event":"${event}"`).length - 1;
    const stopped = await runCli(['sweep', 'run', 'study.json', '--device', 'cpu', '--workers', '2', '--json'], {
      cwd,
      onStdout: (stdout, child) => {
        if (killed < 2 && killed < count(stdout, 'job_start')) {
          killed++;
          // Whatever trial is the parent's first child now.
          spawn('pkill', ['-9', '-o', '-P', String(child.pid)]);
        }
        if (told || count(stdout, 'job_end') < 4) return;
        told = true;
        child.kill('SIGTERM');
      },
    });
    expect(stopped.code).toBe(143);
    expect(events(stopped).at(-1)).toMatchObject({ event: 'error', exitCode: 143 });
    expect(stopped.stdout).toContain('go on with: fmnist sweep run');
    expect(stopped.stderr).toContain('the sweep was stopped; go on with: fmnist sweep run');
    expect(count(stopped.stdout, 'job_retry')).toBeGreaterThan(0);
    const before = Object.keys(studyResults(cwd));
    expect(before.length).toBeLessThan(16);
    const rest = await run(cwd, '--workers', '2', '--json');
    expect(rest.code, rest.stderr).toBe(0);
    const ended = events(rest).filter(({ event }) => event === 'job_end');
    expect(ended).toHaveLength(16 - before.length);
    expect(studyResults(cwd)).toEqual(studyResults((await undisturbed).cwd));
    const again = await run(cwd, '--workers', '2', '--json');
    expect(again.stdout).toBe('');
  });

  it('is one line of a shell for any scheduler: each training by its index, in any order', async () => {
    const cwd = study({ strategy: { type: 'grid' }, parameters: { 'optimizer.learningRate': [0.001, 0.01] } });
    // As in a clone, where no folder of the PATH has the program.
    const clone = { script: path.resolve('bin/fmnist.js'), env: { PATH: path.dirname(process.execPath) } };
    const { stdout } = await runCli(['sweep', 'plan', 'study.json'], { cwd, ...clone });
    expect(stdout).toContain('/bin/fmnist.js sweep trial ');
    const shell = spawn('sh', ['-s'], { cwd, stdio: ['pipe', 'ignore', 'ignore'] });
    shell.stdin.end(stdout);
    expect(await new Promise((resolve) => shell.on('close', resolve))).toBe(0);
    expect(Object.keys(studyResults(cwd))).toEqual(['trial0000-seed0-rung0.json', 'trial0001-seed0-rung0.json']);
  });

  it('tests the winner once, when it is finished', async () => {
    const { cwd } = await undisturbed;
    const first = await sweep(cwd, 'finish', 'study', '--device', 'cpu', '--json');
    expect(first.code, first.stderr).toBe(0);
    const [winner] = JSON.parse(first.stdout).runs;
    expect(winner.testAccuracy).toBeGreaterThan(0.5);
    expect(first.stderr).not.toMatch(/^\[|run=|next:|sums may differ|nothing is left/m);
    rmSync(path.join(cwd, 'sweeps/study/runs'), { recursive: true });
    const again = await sweep(cwd, 'finish', 'study');
    const [best, tested, ...rest] = again.stdout.trimEnd().split('\n');
    expect(best).toMatch(/^sweep study · best trial \d+ · learningRate=[\d.]+ · layers\.0\.filters=[48]$/);
    expect(tested).toContain(`${winner.run} · test accuracy ${(winner.testAccuracy * 100).toFixed(2)}% · test loss `);
    expect(rest).toEqual(['', `next: fmnist runs show ${winner.run} --runs-dir sweeps/study/runs`]);
  });
});

describe('a sweep that cannot be', () => {
  it.each<[string, object, string]>([
    ['a path that is not there', { parameters: { 'layers.0.filtres': [4] } }, 'Did you mean "filters"'],
    [
      'a range upside down',
      { parameters: { 'optimizer.learningRate': { type: 'uniform', min: 1, max: 0.1, steps: 3 } } },
      'must be above min',
    ],
    [
      'a grid too large',
      {
        parameters: Object.fromEntries(
          ['layers.0.filters', 'training.batchSize', 'training.epochs'].map((path) => [
            path,
            { type: 'integer', min: 1, max: 1_000 },
          ]),
        ),
      },
      'the grid has 1,000,000,000 points',
    ],
    ['nothing to choose by', { validation: 'none' }, 'nothing is held out'],
    ['a split of nothing', { set: { 'training.validationSplit': 0 } }, 'nothing is held out'],
    ['a mistyped key', { strategie: 'grid' }, 'Did you mean "strategy"'],
    ['a model that is not there', { model: 'nope.json' }, 'there is no config file'],
  ])('%s is told in one error, before anything is written', async (_, over, message) => {
    const cwd = study(over);
    const { code, stderr } = await run(cwd);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual(['net.json', 'study.json']);
  });

  it('a model that holds nothing out can be told to', async () => {
    const cwd = study({ set: { 'training.validationSplit': 0.25 } });
    const file = path.join(cwd, 'net.json');
    const net = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...net, training: { ...net.training, validationSplit: 0 } }));
    const { code, stderr } = await sweep(cwd, 'plan', 'study.json');
    expect(code, stderr).toBe(0);
  });

  it('two sweeps of one name are kept apart', async () => {
    const cwd = study();
    await sweep(cwd, 'plan', 'study.json');
    writeStudy(cwd, { ...STUDY, limit: 400 });
    const { code, stderr } = await sweep(cwd, 'plan', 'study.json');
    expect(code).toBe(2);
    expect(stderr).toContain('there is another sweep "study"');
    expect(stderr).toContain('limit');
  });

  it('a damaged result is named', async () => {
    const cwd = study();
    await sweep(cwd, 'plan', 'study.json');
    mkdirSync(path.join(cwd, 'sweeps/study/results'));
    writeFileSync(path.join(cwd, 'sweeps/study/results/trial0000-seed0-rung0.json'), '{');
    const { code, stderr } = await sweep(cwd, 'show', 'study');
    expect(code).toBe(3);
    expect(stderr).toContain('is not the result of a trial');
    // A training of the first rung has no need of the others' results: thousands would read all of them.
    const other = await sweep(cwd, 'trial', 'study', '--rung', '0', '--index', '1', '--device', 'cpu');
    expect(other.code, other.stderr).toBe(0);
    // A later one has.
    expect((await sweep(cwd, 'trial', 'study', '--rung', '1', '--index', '0', '--device', 'cpu')).code).toBe(3);
  });
});
