// What the checks share.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

/** `8m` → 480. */
export function seconds(text) {
  const [, number, unit = 's'] = /^([\d.]+)([smh]?)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`--budget must be a time such as 8m or 90s, but is ${text}`);
  return Number(number) * { s: 1, m: 60, h: 3600, '': 1 }[unit];
}

/** A check that was cut. */
export class Late extends Error {}

export const require = (holds, message) => {
  if (!holds) throw new Error(message);
};

/** Runs Node to its end, or to the deadline; `onLine` hears each line of stdout, and may signal the process. */
export async function node(args, { cwd, deadline, onLine }) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  let late = false;
  const timer = setTimeout(
    () => {
      late = true;
      child.kill('SIGKILL');
    },
    Math.max(0, deadline - Date.now()),
  );
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
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearTimeout(timer);
  if (late) throw new Late('it was not done in its time');
  return { code, ...output };
}

/** `fmnist` in a process of its own: TensorFlow's settings hold for as long as a process lives. */
export function fmnist(args, context) {
  return node([BIN, ...args], context);
}

/** The same, which must succeed. */
export async function fmnistOk(args, context) {
  const result = await fmnist(args, context);
  require(result.code === 0, `fmnist ${args[0]} ended with ${result.code}: ${firstError(result)}`);
  return result;
}

/** A script of this folder; answers its last line, which is JSON. `onAnswer` hears each such line. */
export async function script(name, args, context, onAnswer) {
  const onLine = onAnswer && ((line) => line.startsWith('{') && onAnswer(JSON.parse(line)));
  const result = await node([fileURLToPath(new URL(name, import.meta.url)), ...args], { ...context, onLine });
  require(result.code === 0, `${name} ended with ${result.code}: ${firstError(result)}`);
  return JSON.parse(result.stdout.trim().split('\n').at(-1));
}

export function firstError({ stderr }) {
  const lines = stderr.trim().split('\n');
  return (lines.find((line) => /^(\w*Error:|error )/.test(line)) ?? lines.at(-1) ?? '').slice(0, 300);
}

/** A line of `fmnist train --json`. */
export function event({ stdout }, name) {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line))
    .findLast((line) => line.event === name);
}

/** The hash of a run's last weights and optimizer state; its header names the run's seconds, so it is left out. */
export async function stateHash(run, cwd) {
  const bytes = await readFile(`${cwd}/${run}/checkpoints/last.safetensors`);
  return createHash('sha256')
    .update(bytes.subarray(8 + Number(bytes.readBigUInt64LE())))
    .digest('hex');
}
