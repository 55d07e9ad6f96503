// What the checks share.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ended } from '../common.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

/** `8m` → 480. */
export function seconds(text) {
  const [, number, unit = 's'] = /^([\d.]+)([smh]?)$/.exec(text) ?? [];
  if (!(Number(number) > 0)) throw new Error(`--budget must be a time such as 8m or 90s, but is ${text}`);
  return Number(number) * { s: 1, m: 60, h: 3600, '': 1 }[unit];
}

/** A check that was cut. */
export class Late extends Error {
  constructor({ stderr = '' } = {}) {
    super('it was not done in its time');
    this.stderr = stderr.slice(-4096);
  }
}

export const require = (holds, message) => {
  if (!holds) throw new Error(message);
};

/** TensorFlow's warnings are heard too: a crash has no other reason. */
const env = { TF_CPP_MIN_LOG_LEVEL: '1', ...process.env };

/** Milliseconds after which a process that cannot even be killed is left alone: one that waits for a driver. */
const PATIENCE_MS = 5000;

/** Runs Node to its end, or to the deadline; `onLine` hears each line of stdout, and may signal the process. */
export async function node(args, { cwd, deadline, onLine }) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  let heard = 0;
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
      if (name !== 'stdout' || onLine === undefined) return;
      const lines = output.stdout.split('\n').slice(0, -1);
      for (const line of lines.slice(heard)) onLine(line, child);
      heard = lines.length;
    });
  }
  let late = false;
  return new Promise((resolve, reject) => {
    const cut = () => {
      late = true;
      child.kill('SIGKILL');
      setTimeout(() => reject(new Late(output)), PATIENCE_MS).unref();
    };
    const timer = setTimeout(cut, Math.max(0, deadline - Date.now()));
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(timer);
      if (late) reject(new Late(output));
      else resolve({ code, signal, ...output });
    });
  });
}

/** `fmnist` in a process of its own: TensorFlow's settings hold for as long as a process lives. */
export function fmnist(args, context) {
  return node([BIN, ...args], context);
}

/** The same, which must succeed. */
export async function fmnistOk(args, context) {
  const result = await fmnist(args, context);
  if (result.code !== 0) throw new Ended(`fmnist ${args[0]}`, result);
  return result;
}

/** A script of this folder; answers its last line, which is JSON. `onAnswer` hears each such line. */
export async function script(name, args, context, onAnswer) {
  const onLine = onAnswer && ((line) => line.startsWith('{') && onAnswer(JSON.parse(line)));
  const result = await node([fileURLToPath(new URL(name, import.meta.url)), ...args], { ...context, onLine });
  if (result.code !== 0) throw new Ended(name, result);
  return JSON.parse(result.stdout.trim().split('\n').at(-1));
}

/** Lines of `fmnist train --json`. */
export function events({ stdout }, name) {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === name);
}

/** The last of them. */
export function event(result, name) {
  return events(result, name).at(-1);
}

/** The hash of a run's last weights and optimizer state; its header names the run's seconds, so it is left out. */
export async function stateHash(run, cwd) {
  const bytes = await readFile(`${cwd}/${run}/checkpoints/last.safetensors`);
  return createHash('sha256')
    .update(bytes.subarray(8 + Number(bytes.readBigUInt64LE())))
    .digest('hex');
}
