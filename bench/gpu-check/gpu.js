// What the driver says of the GPU that this process trains on: `info` is the engine's.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { median } from '../common.js';

/** Milliseconds that nvidia-smi has for its first answer. */
const PATIENCE_MS = 5000;

const FORMAT = '--format=csv,noheader,nounits';

/** 0 on a CPU. */
export function usedMiB({ gpu }) {
  if (gpu === undefined) return 0;
  return Number(execFileSync('nvidia-smi', [`--id=${gpu}`, '--query-gpu=memory.used', FORMAT], { encoding: 'utf8' }));
}

/**
 * Samples its use and memory until the function that comes back is called; nothing on a CPU. What nvidia-smi writes waits in
 * its pipe: steps leave no time to read it.
 */
export async function watchGpu({ gpu }) {
  if (gpu === undefined) return async () => undefined;
  const query = [`--id=${gpu}`, '--query-gpu=utilization.gpu,memory.used', FORMAT, '-lms', '100'];
  const child = spawn('nvidia-smi', query, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.on('error', resolve).on('close', resolve));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([once(child.stdout, 'data'), ended, late]);
  clearTimeout(timer);
  const before = text.length;
  return async () => {
    child.kill();
    await ended;
    const samples = text
      .slice(before)
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split(',').map(Number));
    if (samples.length === 0) return undefined;
    // Where a card does not tell (a part of one: MIG), JSON has null.
    const busyPercent = median(samples.map(([busy]) => busy));
    return { busyPercent, memoryMiB: Math.max(...samples.map(([, used]) => used)), samples: samples.length };
  };
}
