// What the checks share.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

/** Runs Node to its end; `onStdout` hears all of stdout so far and may signal the process. */
export async function node(args, { cwd, onStdout } = {}) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
      if (name === 'stdout') onStdout?.(output.stdout, child);
    });
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { code, ...output };
}

/** `fmnist` in a process of its own: TensorFlow's settings hold for as long as a process lives. */
export function fmnist(args, options) {
  return node([BIN, ...args], options);
}

/** The same, which must succeed. */
export async function fmnistOk(args, options) {
  const result = await fmnist(args, options);
  if (result.code === 0) return result;
  throw new Error(
    `fmnist ${args[0]} ended with ${result.code}: ${result.stderr.trim().split('\n').at(-2) ?? result.stderr}`,
  );
}

/** A script of this folder with its answer, one line of JSON. */
export async function script(name, args) {
  const result = await node([fileURLToPath(new URL(name, import.meta.url)), ...args]);
  if (result.code !== 0)
    throw new Error(
      `${name}: ${
        result.stderr
          .trim()
          .split('\n')
          .find((line) => /rror/.test(line)) ?? result.code
      }`,
    );
  return JSON.parse(result.stdout.trim().split('\n').at(-1));
}

/** A line of `fmnist train --json`. */
export function event({ stdout }, name) {
  return stdout
    .trim()
    .split('\n')
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
