import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
const LAYERS = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
const COSINE = { layers: LAYERS, schedule: { type: 'cosine' }, training: { epochs: 2, batchSize: 32 } };

function project(config: object = COSINE): string {
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, 'm.json'), JSON.stringify(config));
  return cwd;
}

const SIZE = { columns: 100, rows: 30 };
const TRAIN = ['train', '--model', 'm.json', '--data', 'synthetic', '--device', 'cpu'];
/** Long enough to be stopped in the middle. */
const LONG = [...TRAIN, '--epochs', '100000'];

function summaryOf(cwd: string): { status?: string } {
  const [run = ''] = readdirSync(path.join(cwd, 'runs')).filter((name) => name !== 'latest');
  return JSON.parse(readFileSync(path.join(cwd, 'runs', run, 'summary.json'), 'utf8'));
}

async function until(done: () => boolean): Promise<void> {
  for (let n = 0; n < 600; n++) {
    if (done()) return;
    await sleep(100);
  }
  throw new Error('it never came to that');
}

const trains = (cwd: string) => () => {
  try {
    return summaryOf(cwd).status === 'running';
  } catch {
    return false;
  }
};

describe.concurrent('a run that goes on differently than it was begun says so', () => {
  test('with more epochs under a schedule that spans the run, and with another number of threads', async () => {
    const cwd = project();
    expect((await runCli([...TRAIN, '--threads', '1', '--jit-compile'], { cwd })).code).toBe(0);
    const { code, stdout } = await runCli(
      ['train', '--resume', 'last', '--epochs', '3', '--threads', '2', '--device', 'cpu'],
      { cwd },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('its learning rates are those of 3 epochs, not of 2');
    expect(stdout).toMatch(/with 2 threads, and was begun with .* 1 threads, compiled by XLA: sums may differ/);
  });

  test('and the same says nothing', async () => {
    const cwd = project({ layers: LAYERS, training: { epochs: 2 } });
    expect((await runCli([...TRAIN, '--threads', '1'], { cwd })).code).toBe(0);
    const { stdout } = await runCli(
      ['train', '--resume', 'last', '--epochs', '3', '--threads', '1', '--device', 'cpu'],
      { cwd },
    );
    expect(stdout).not.toMatch(/learning rates are those|sums may differ/);
  });
});

test('a TMPDIR that is not there is named, instead of a stack', async () => {
  const { code, stderr } = await runCli(TRAIN, { cwd: project(), env: { TMPDIR: '/nowhere/at/all' } });
  expect(code).toBe(4);
  expect(stderr).toMatch(/^error no temporary file can be written in \/nowhere\/at\/all \(ENOENT\)\ntry .*TMPDIR/);
});

test('a log that takes no more does not stop the run that it is the log of', async () => {
  const cwd = project();
  const child = spawn(process.execPath, [BIN, ...TRAIN], {
    cwd,
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect(stderr).toContain('stdout cannot be written any more (ENOSPC)');
  expect(code).toBe(0);
  expect(summaryOf(cwd).status).toBe('completed');
});

test('a signal that comes while a run begins is not lost, whatever it is doing then', async () => {
  const cwd = project();
  const ended = [100, 250, 400, 550, 700, 900].map(async (milliseconds, i) => {
    const args = [BIN, ...LONG, '--runs-dir', `runs-${i}`];
    const child = spawn(process.execPath, args, { cwd, stdio: 'ignore' });
    const end = once(child, 'close');
    await sleep(milliseconds);
    child.kill(i % 2 === 0 ? 'SIGTERM' : 'SIGINT');
    return end;
  });
  // One that were lost would train for days.
  for (const [code, signal] of await Promise.all(ended)) {
    expect([143, 130, 'SIGTERM', 'SIGINT']).toContain(code ?? signal);
  }
});

test('a run whose folder is removed while it trains ends, and says that it was removed', async () => {
  const cwd = project();
  const child = spawn(process.execPath, [BIN, ...LONG, '--checkpoint-minutes', '0'], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const end = once(child, 'close');
  await until(trains(cwd));
  rmSync(path.join(cwd, 'runs'), { recursive: true });
  expect(await end).toEqual([3, null]);
  expect(stderr).toMatch(/^error the run runs\/\S+ was removed while it was trained\ntry .*\n$/m);
  expect(readdirSync(cwd)).toEqual(['m.json']);
});

test('a terminal that is closed stops the run with its checkpoint saved, and without a crash', async () => {
  const cwd = project();
  const env = { ...process.env, CI: '', TERM: 'xterm-256color' } as Record<string, string>;
  const terminal = spawnTerminal(process.execPath, [BIN, ...LONG], { cols: 100, rows: 30, cwd, env });
  terminal.onData(() => {});
  await until(trains(cwd));
  const { pid } = terminal;
  // Closes our end: the system hangs up, and every write of theirs fails from now on.
  (terminal as typeof terminal & { destroy(): void }).destroy();
  await until(() => summaryOf(cwd).status === 'stopped');
  await until(() => !exists(pid));
});

test('Ctrl-\\ ends a run at once, and leaves the terminal as it was', async () => {
  const cwd = project();
  const shell = new Terminal('bash', ['--norc', '--noprofile', '-i'], {
    ...SIZE,
    cwd,
    env: { PS1: 'ready> ' },
  });
  try {
    await shell.until((screen) => screen.endsWith('ready>'));
    shell.type(`ulimit -c 0; stty -g > before; ${[process.execPath, BIN, ...LONG].join(' ')}\r`);
    await shell.until((screen) => screen.includes('q stop'), 60_000);
    const last = path.join(cwd, 'runs', 'latest', 'checkpoints', 'last.safetensors');
    await until(() => existsSync(last));
    shell.type('\u001c');
    await shell.until((screen) => screen.endsWith('ready>'));
    shell.type('echo "code $?"; stty -g > after; cmp before after && echo as before\r');
    const screen = await shell.until((text) => /^code \d+[\s\S]*ready>$/m.test(text));
    expect(screen).toMatch(/^code 131$/m);
    expect(screen).toMatch(/^as before$/m);
    expect(shell.cursorShown).toBe(true);
    expect(existsSync(last)).toBe(true);
  } finally {
    shell.type('exit\r');
    await shell.exit;
  }
});

function exists(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z';
  } catch {
    return false;
  }
}

describe.concurrent('nohup', () => {
  test.each([
    ['with a log', () => spawnLogged('nohup')],
    ['from a shell that ignores hang-ups', () => spawnLogged('sh', ['-c', 'trap \'\' HUP; "$@"; true', 'sh'])],
  ])('%s keeps a run going when its terminal hangs up', async (_, start) => {
    const { cwd, child, end } = start();
    await until(trains(cwd));
    const pid = Number(JSON.parse(readFileSync(path.join(cwd, 'runs', 'latest', '.training.json'), 'utf8')).pid);
    process.kill(pid, 'SIGHUP');
    await sleep(1500);
    expect(summaryOf(cwd).status).toBe('running');
    process.kill(pid, 'SIGTERM');
    await end;
    expect(child.exitCode === 143 || child.exitCode === 0).toBe(true);
    expect(summaryOf(cwd).status).toBe('stopped');
  });
});

function spawnLogged(command: string, args: readonly string[] = []) {
  const cwd = project();
  const log = openSync(path.join(cwd, 'log'), 'w');
  const child = spawn(command, [...args, process.execPath, BIN, ...LONG], { cwd, stdio: ['ignore', log, log] });
  return { cwd, child, end: once(child, 'close') };
}
