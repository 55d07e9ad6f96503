import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

const NET = {
  layers: [
    { type: 'conv2d', filters: 4, kernelSize: 3, strides: 2, activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
  training: { epochs: 2 },
};

/** A folder with a sweep file, `study.json`, of a small network. */
export function studyFolder(sweep: object): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'net.json'), JSON.stringify(NET));
  writeStudy(folder, sweep);
  return folder;
}

/** The sweep file of such a folder. */
export function writeStudy(folder: string, sweep: object): void {
  writeFileSync(path.join(folder, 'study.json'), JSON.stringify({ model: 'net.json', limit: 300, ...sweep }));
}

/** Every result of the sweep `study` as it lies on the disk. */
export function studyResults(cwd: string): Record<string, string> {
  const folder = path.join(cwd, 'sweeps/study/results');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

export interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** Exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

/** The built command line in the background, until the test ends. */
export function startCli(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:FMNIST_|TF_|REDIS_URL$)/.test(name));
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...Object.fromEntries(inherited), ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(() => killTree(child));
  return { child, output, ended };
}

/** A machine that is gone: the process and what it has started, at once. */
export function killTree(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGSTOP');
  spawnSync('pkill', ['-9', '-P', String(child.pid)]);
  child.kill('SIGKILL');
}

/** A worker of this machine with one trial at a time. */
export function startWorker(
  cwd: string,
  redis: string,
  { flags = [], env = {} }: { flags?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Running {
  const args = ['worker', '--redis', redis, '--workers', '1', '--device', 'cpu', '--lost-after', '2', ...flags];
  return startCli(cwd, [...args, '--json'], env);
}

/** Waits until something is so. @throws after a minute and a half */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 90_000; !(await isSo()); ) {
    if (Date.now() > deadline) throw new Error(`it never came to be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
