import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const SECRET = 'a file of the user’s that has nothing to do with any run\n';

/** What a tampered run folder may have in place of a file. */
const PLANTS = {
  link: (file: string, victim: string) => symlinkSync(victim, file),
  'dangling link': (file: string, victim: string) => symlinkSync(`${victim}.new`, file),
  pipe: (file: string) => execFileSync('mkfifo', [file]),
  folder: (file: string) => mkdirSync(path.join(file, 'inner'), { recursive: true }),
  'link to a device': (file: string) => symlinkSync('/dev/zero', file),
  device: (file: string) => execFileSync('mknod', [file, 'c', '1', '5']),
} as const;
type Plant = keyof typeof PLANTS;

/** All that lies in a run's folder. */
const FILES = [
  '.training.json',
  '.training.lock',
  '.guard.lock',
  'environment.json',
  'metrics.csv',
  'metrics.jsonl',
  'curves.jsonl',
  'norms.jsonl',
  'predictions.safetensors',
  'summary.json',
  'log.txt',
  'checkpoints/best.safetensors',
  'checkpoints/best.previous.safetensors',
  'checkpoints/last.previous.safetensors',
  'config.json',
  'checkpoints/last.safetensors',
] as const;

/** Making a device is for root. */
const plants = (Object.keys(PLANTS) as Plant[]).filter((plant) => plant !== 'device' || process.getuid?.() === 0);

function plant(kind: Plant, file: string, victim: string): void {
  rmSync(file, { recursive: true, force: true });
  PLANTS[kind](file, victim);
}

describe('a run folder in which files are links, pipes, folders or devices', () => {
  test('is listed, shown and removed: nothing outside is read, written or waited for', async () => {
    const cwd = temporaryFolder();
    const victim = path.join(cwd, 'victim');
    writeFileSync(victim, SECRET);
    const runsDir = path.join(cwd, 'runs');
    const template = await recordRun(runsDir, { name: 'template' });
    const names = plants.flatMap((kind) =>
      // A fresh folder of that name is how a lock looks.
      FILES.filter((file) => kind !== 'folder' || file !== '.training.lock').map((file) => {
        const name = `${kind}-${file}`.replaceAll(/[^a-z]+/g, '-');
        cpSync(path.join(runsDir, template), path.join(runsDir, name), { recursive: true });
        plant(kind, path.join(runsDir, name, file), victim);
        return name;
      }),
    );
    rmSync(path.join(runsDir, 'latest'));
    PLANTS.pipe(path.join(runsDir, 'latest'));

    const list = await runCli(['runs', '--json'], { cwd });
    expect([list.code, list.stderr]).toEqual([0, '']);
    expect(list.stdout).not.toContain('nothing to do with any run');
    expect(JSON.parse(list.stdout).runs.length).toBeGreaterThan(names.length / 2);
    for (const name of names.filter((name) => /summary|environment|metrics/.test(name)).slice(0, 6)) {
      expect((await runCli(['runs', 'show', name], { cwd })).code).not.toBe(1);
    }
    const listed = JSON.parse(list.stdout).runs.map((run: { name: string }) => run.name);
    const removed = await runCli(['runs', 'rm', ...listed, '--yes'], { cwd });
    expect([removed.code, removed.stderr]).toEqual([0, '']);
    expect(readFileSync(victim, 'utf8')).toBe(SECRET);
    expect(readdirSync(cwd).sort()).toEqual(['runs', 'victim']);
  });

  // Each file is something else; the next time the next thing.
  test.each([0, 1])('is gone on with, or refused in one line (%i)', async (turn) => {
    const kindOf = (file: string) =>
      plants[((FILES as readonly string[]).indexOf(file) + turn) % plants.length] ?? 'link';
    const cwd = temporaryFolder();
    const victim = path.join(cwd, 'victim');
    writeFileSync(victim, SECRET);
    const flags = ['train', '--device', 'cpu', '--limit', '64', '--data', 'synthetic'];
    const model = { layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }] };
    writeFileSync(path.join(cwd, 'm.json'), JSON.stringify(model));
    expect((await runCli([...flags, '--model', 'm.json', '--epochs', '1'], { cwd })).code).toBe(0);
    const [run = ''] = readdirSync(path.join(cwd, 'runs')).filter((name) => name !== 'latest');
    // What is in the way of names that are replaced as a whole only folders keep; the rest goes on.
    for (const file of FILES.slice(0, -2)) {
      const kind = kindOf(file) === 'folder' && file !== '.guard.lock' ? 'link' : kindOf(file);
      plant(kind, path.join(cwd, 'runs', run, file), victim);
    }
    const resumed = await runCli([...flags, '--resume', run, '--epochs', '2'], { cwd });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe(SECRET);
    expect(readdirSync(cwd).sort()).toEqual(['m.json', 'runs', 'victim']);

    for (const file of ['config.json', 'checkpoints/last.safetensors', 'checkpoints/last.previous.safetensors']) {
      plant(kindOf(file), path.join(cwd, 'runs', run, file), victim);
    }
    for (const args of [
      ['train', '--resume', run],
      ['evaluate', run, '--device', 'cpu'],
    ]) {
      const refused = await runCli(args, { cwd });
      expect(refused.code).toBe(3);
      expect(refused.stderr).toMatch(/^error [^\n]+\n/);
      expect(refused.stderr).not.toContain('nothing to do with any run');
    }
    expect(readFileSync(victim, 'utf8')).toBe(SECRET);
  });
});

test('a guard from the future, as a file or filled keeps nobody from a run', async () => {
  const cwd = temporaryFolder();
  const runsDir = path.join(cwd, 'runs');
  for (const kind of ['future', 'file', 'filled'] as const) {
    const name = await recordRun(runsDir, { name: kind });
    const guard = path.join(runsDir, name, '.guard.lock');
    if (kind === 'file') writeFileSync(guard, '');
    else mkdirSync(guard);
    if (kind === 'filled') writeFileSync(path.join(guard, 'x'), '');
    const future = Date.now() / 1000 + 1e6;
    if (kind === 'future') utimesSync(guard, future, future);
    const { code, stderr } = await runCli(['runs', 'rm', name, '--yes'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
  }
});
