import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from './temporary-folder.js';
import { hasTool } from './tools.js';

/** A SLURM cluster of this machine alone. */
export interface Slurm {
  /** What its commands need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Waits until no job is left. */
  drained(): Promise<void>;
  stop(): void;
}

const TOOLS = [/^munged$/, /^slurmctld$/, /^slurmd$/, /^sbatch$/];

/** Undefined where its programs are missing, or may not be run: slurmd wants to be root. */
export async function startSlurm(): Promise<Slurm | undefined> {
  if (process.getuid?.() !== 0 || !TOOLS.every(hasTool)) return undefined;
  const folder = temporaryFolder();
  // munged serves from no folder that others may write to, and its clients must be able to enter it.
  chmodSync(folder, 0o755);
  for (const name of ['state', 'spool']) mkdirSync(path.join(folder, name));
  const key = path.join(folder, 'key');
  writeFileSync(key, randomBytes(64), { mode: 0o600 });
  const at = (name: string) => path.join(folder, name);
  const munge = ['--key-file', key, '--socket', at('munge'), '--pid-file', at('munge.pid'), '--log-file', at('log')];
  const config = at('slurm.conf');
  writeFileSync(config, slurmConfig(folder, await freePort(), await freePort()));
  const env = { SLURM_CONF: config };
  const begin = (program: string, args: readonly string[]) =>
    spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  const daemons: ChildProcess[] = [begin('munged', ['--foreground', '--force', ...munge, '--seed-file', at('seed')])];
  daemons.push(begin('slurmctld', ['-D', '-i']), begin('slurmd', ['-D']));
  const ask = (command: string, ...args: string[]) => {
    const { stdout } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
    return stdout.trim();
  };
  const until = async (reached: () => boolean, what: string) => {
    for (let tries = 0; tries < 600; tries++) {
      if (reached()) return;
      await setTimeout(200);
    }
    throw new Error(`SLURM: ${what} took too long`);
  };
  await until(() => ask('sinfo', '--noheader', '--format=%T') === 'idle', 'its start');
  return {
    env,
    drained: () => until(() => ask('squeue', '--noheader') === '', 'its jobs'),
    stop: () => {
      for (const daemon of daemons.toReversed()) daemon.kill();
    },
  };
}

function slurmConfig(folder: string, controller: number, node: number): string {
  const [name = 'localhost'] = hostname().split('.');
  return `ClusterName=test
SlurmctldHost=${name}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
MailProg=/bin/true
NodeName=${name} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=cpu Nodes=ALL Default=YES State=UP
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
