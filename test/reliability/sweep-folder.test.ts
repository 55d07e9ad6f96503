import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { studyFolder } from '../helpers/sweeps.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const SECRET = '{"a file of the user’s": "that has nothing to do with any sweep"}\n';
const RUN = ['sweep', 'run', 'study', '--device', 'cpu-js', '--workers', '1'];
const FINISH = ['sweep', 'finish', 'study', '--device', 'cpu-js'];
const SHOW = ['sweep', 'show', 'study'];
const REPORT = ['sweep', 'report', 'study'];

/** What a tampered folder may have in place of a file. */
const PLANTS = {
  'a link': (file: string, victim: string) => symlinkSync(victim, file),
  'a link to nothing': (file: string, victim: string) => symlinkSync(`${victim}.new`, file),
  'a pipe': (file: string) => execFileSync('mkfifo', [file]),
  'a link to a device': (file: string) => symlinkSync('/dev/zero', file),
  'a folder': (file: string) => mkdirSync(file),
  'cut short': (file: string) => writeFileSync(file, '{"v":1,"tr'),
  'ten gigabytes': (file: string) => {
    writeFileSync(file, '{');
    truncateSync(file, 10 * 1024 ** 3);
  },
} as const;

describe('a sweep folder from elsewhere', () => {
  const template = studyFolder({
    ...{ data: 'synthetic', limit: 64, parameters: { 'optimizer.learningRate': [0.001, 0.01] } },
  });
  beforeAll(async () => {
    const { code, stderr } = await runCli(['sweep', 'run', 'study.json', ...RUN.slice(3)], { cwd: template });
    expect(code, stderr).toBe(0);
    const finished = await runCli(FINISH, { cwd: template });
    expect(finished.code, finished.stderr).toBe(0);
  });

  function tampered(): { readonly cwd: string; readonly sweep: string; readonly victim: string } {
    const cwd = temporaryFolder();
    cpSync(template, cwd, { recursive: true });
    const victim = path.join(cwd, 'victim');
    writeFileSync(victim, SECRET);
    return { cwd, sweep: path.join(cwd, 'sweeps', 'study'), victim };
  }

  test.each(Object.entries(PLANTS))('whose files are %s: each command refuses them in one line', async (_, plant) => {
    const { cwd, sweep, victim } = tampered();
    const [result = ''] = readdirSync(path.join(sweep, 'results'));
    const cases: readonly (readonly [string, readonly (readonly string[])[]])[] = [
      ['finish.json', [FINISH]],
      [`results/${result}`, [SHOW, RUN, REPORT]],
      ['sweep.json', [SHOW, RUN]],
    ];
    for (const [name, commands] of cases) {
      const file = path.join(sweep, name);
      rmSync(file);
      plant(file, victim);
      // All refuse and none writes: they need not wait for each other.
      for (const { code, stderr } of await Promise.all(commands.map((args) => runCli(args, { cwd })))) {
        // What leads nowhere is not there: a sweep without a definition is none.
        expect([2, 3], stderr).toContain(code);
        expect(stderr).toMatch(/^error [^\n]+\n(?:try .*\n)?$/);
        expect(stderr).not.toContain('nothing to do with any sweep');
      }
    }
    expect(readFileSync(victim, 'utf8')).toBe(SECRET);
    expect(existsSync(`${victim}.new`)).toBe(false);
  });

  test.each(['runs', 'results'])('whose folder of %s is a link elsewhere writes nothing there', async (name) => {
    const { cwd, sweep } = tampered();
    const elsewhere = path.join(cwd, 'elsewhere');
    mkdirSync(elsewhere);
    rmSync(path.join(sweep, name), { recursive: true });
    symlinkSync(elsewhere, path.join(sweep, name));
    for (const { code, stderr } of await Promise.all([RUN, FINISH, SHOW].map((args) => runCli(args, { cwd })))) {
      expect(code).toBe(3);
      expect(stderr).toMatch(/^error .* is a link, and links are not followed here\ntry /);
    }
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test.each([
    ['a link to a run elsewhere', 'run'],
    ['a link to nothing', 'nothing'],
    ['a pipe', 'pipe'],
  ])('whose trial is %s is not gone on with, and writes nothing there', async (_, what) => {
    const { cwd, sweep } = tampered();
    const runs = path.join(sweep, 'runs');
    const [run = ''] = readdirSync(runs).filter((name) => name.startsWith('trial'));
    const elsewhere = path.join(cwd, 'elsewhere');
    if (what === 'run') cpSync(path.join(runs, run), elsewhere, { recursive: true });
    const before = what === 'run' ? statSync(elsewhere).mtimeMs : undefined;
    rmSync(path.join(runs, run), { recursive: true });
    if (what === 'pipe') execFileSync('mkfifo', [path.join(runs, run)]);
    else symlinkSync(elsewhere, path.join(runs, run));
    for (const name of readdirSync(path.join(sweep, 'results'))) rmSync(path.join(sweep, 'results', name));
    rmSync(path.join(sweep, 'finish.json'));
    const { code, stderr } = await runCli(RUN, { cwd });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^error .* is not the folder of a run\n(?:try .*\n)?$/)]);
    expect(readdirSync(path.join(sweep, 'results'))).toEqual([]);
    expect(before && statSync(elsewhere).mtimeMs).toBe(before);
    expect(existsSync(elsewhere)).toBe(what === 'run');
  });

  test('whose name would lead elsewhere is none', async () => {
    const { cwd, sweep } = tampered();
    const file = path.join(sweep, 'sweep.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), name: '../../elsewhere' }));
    for (const { code, stderr } of await Promise.all([SHOW, RUN, FINISH].map((args) => runCli(args, { cwd })))) {
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(/^error .* is not the definition of a sweep\ntry .*\n$/),
      ]);
    }
  });

  test('whose results are those of other trials is refused', async () => {
    const { cwd, sweep } = tampered();
    const [one = '', other = ''] = readdirSync(path.join(sweep, 'results'));
    cpSync(path.join(sweep, 'results', other), path.join(sweep, 'results', one));
    const { code, stderr } = await runCli(SHOW, { cwd });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^error .* is the result of .*\ntry /)]);
  });
});
