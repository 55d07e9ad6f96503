import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SourceSpec } from '../../datasets/spec.js';
import { errorCode } from '../../files/errors.js';
import { readFromFolder } from './folder.js';
import { type SourceContext, type SourceFactory, SourceUnavailable } from './source.js';

type AptSpec = Extract<SourceSpec, { kind: 'apt' }>;

const TIMEOUT_MS = 180_000;

/**
 * The files of a Debian package, fetched with the system's own apt, without installing it: no root needed, and no
 * package lists on the machine, since it keeps its own in a scratch folder. Reaches the data where only a
 * distribution mirror can be reached: containers and CI machines behind a firewall.
 */
export function aptSource({ package: name, folder }: AptSpec): SourceFactory {
  return (context) => {
    let unpacked: Promise<string> | undefined;
    return {
      name: displayName(name),
      remote: true,
      read: async (file) => {
        unpacked ??= fetchPackage(context, name);
        return readFromFolder(join(await unpacked, folder), file);
      },
    };
  };
}

function displayName(name: string): string {
  return `Debian package ${name}`;
}

/** @returns the folder that the package's tree is unpacked in */
async function fetchPackage(context: SourceContext, name: string): Promise<string> {
  if (process.platform !== 'linux') throw new SourceUnavailable('apt-get is for Debian and its kin');
  const scratch = await context.scratch();
  const lists = join(scratch, 'lists');
  const cache = join(scratch, 'cache');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const apt = ['-q', '-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'Debug::NoLocking=1'];

  const step = (what: string, command: string, args: readonly string[]) =>
    run(context, displayName(name), scratch, what, command, args);
  await step('package lists', 'apt-get', ['update', ...apt]);
  await step('package', 'apt-get', ['download', name, ...apt]);
  const archive = (await readdir(scratch)).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new SourceUnavailable(`apt-get brought no ${name}`);
  const tree = join(scratch, 'tree');
  await step('files', 'dpkg-deb', ['-x', join(scratch, archive), tree]);
  return tree;
}

/** Runs one command to its end; apt tells its progress on a descriptor of its own. */
async function run(
  { onProgress, signal }: SourceContext,
  source: string,
  cwd: string,
  what: string,
  command: string,
  args: readonly string[],
): Promise<void> {
  onProgress({ source, what, fraction: undefined, bytes: undefined });
  const status = command === 'apt-get' ? ['-o', 'APT::Status-Fd=3'] : [];
  const child = spawn(command, [...args, ...status], {
    cwd,
    // Messages in English, whatever the user's language: the last one is quoted.
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4_000);
  });
  const statusPipe = child.stdio[3];
  if (statusPipe !== null && statusPipe !== undefined && 'read' in statusPipe) {
    createInterface({ input: statusPipe }).on('line', (line) => {
      const percent = Number(line.split(':')[2]);
      if (Number.isFinite(percent)) onProgress({ source, what, fraction: percent / 100, bytes: undefined });
    });
  }
  const code = await exitCodeOf(child).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new SourceUnavailable(`${command} cannot be run (${errorCode(error) ?? error})`, { cause: error });
  });
  // Ctrl-C in a terminal reaches the command as well: its failure is then no news.
  signal?.throwIfAborted();
  if (/No space left on device/.test(stderr)) throw Object.assign(new Error(stderr), { code: 'ENOSPC' });
  if (code !== 0) throw new SourceUnavailable(`${command} ${args[0]} failed: ${lastComplaint(stderr, code)}`);
}

/** The exit code, once nothing of the command writes any more: its folder may be removed then. */
function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('close', resolve).on('error', (error) => {
      // One that never started does not close.
      if (child.pid === undefined) reject(error);
    });
  });
}

function lastComplaint(stderr: string, code: number | null): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => line.startsWith('E:')) ?? lines.at(-1) ?? `exit ${code ?? 'by timeout'}`;
}
