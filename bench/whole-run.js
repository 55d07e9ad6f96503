// Whole runs from process start to end, in turn:
// npm run bench:whole-run -- [--peers PYTHON] [--model vgg7] [--epochs 2] [--precisions float32,bfloat16] [--repeats 3] [--batch-size 32] [--jit]
// A model of the chapter trains with 30,000 augmented images beside Keras, without XLA, which is the faster way on CPUs, unless --jit asks for
// it. A recipe, which says itself how long and how it trains, runs beside PyTorch in the same precision: --model best --repeats 1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { cachedData, median, path } from './common.js';

const { values } = parseArgs({
  options: {
    peers: { type: 'string' },
    model: { type: 'string', default: 'vgg7' },
    epochs: { type: 'string', default: '2' },
    precisions: { type: 'string', default: 'float32,bfloat16' },
    repeats: { type: 'string', default: '3' },
    'batch-size': { type: 'string', default: '32' },
    jit: { type: 'boolean', default: false },
  },
});
const { model, epochs, 'batch-size': batch } = values;
const config = path(`../configs/${model}.json`);
const recipe = JSON.parse(readFileSync(config, 'utf8')).onlineAugmentation !== undefined;

const data = await cachedData();
const folder = mkdtempSync(join(tmpdir(), 'fmnist-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function ours(precision) {
  const flags = recipe ? [] : ['--augment', '--epochs', epochs, '--batch-size', batch];
  const train = ['train', '--model', model, ...flags, '--precision', precision, '--json', '--runs-dir', folder];
  return [process.execPath, [path('../bin/fmnist.js'), ...train]];
}

function keras() {
  const mode = values.jit ? 'jit' : 'nojit';
  return {
    'Keras, float32': [values.peers, [path('peers/keras_fit.py'), config, data, batch, epochs, 'float32', mode]],
  };
}

function torch(precision) {
  const mode = values.jit ? 'compile' : 'eager';
  return [`PyTorch, ${precision}`, [values.peers, [path('peers/torch_fit.py'), config, data, precision, mode]]];
}

const precisions = values.precisions.split(',');
const contestants = {
  ...Object.fromEntries(precisions.map((precision) => [`fmnist, ${precision}`, ours(precision)])),
  ...(values.peers && (recipe ? Object.fromEntries(precisions.map(torch)) : keras())),
};

/** Peak resident memory of a process in MB, as Linux counts it; 0 where it does not or when the process is gone. */
function peakMemory(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s*(\d+)/)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function run([command, args]) {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, peakMemory(child.pid));
  }, 50);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with exit code ${code}`);
  const seconds = (performance.now() - start) / 1000;
  const { testAccuracy, ttaTest } = JSON.parse(output.trim().split('\n').at(-1));
  return { seconds, memory, testAccuracy, averaged: ttaTest?.emaAccuracy };
}

const results = Object.keys(contestants).map((name) => ({ name, runs: [] }));
for (let i = 0; i < Number(values.repeats); i++) {
  for (const { name, runs } of results) {
    const result = await run(contestants[name]);
    runs.push(result);
    const { seconds, memory, testAccuracy, averaged } = result;
    const mirrored = averaged === undefined ? '' : `, averaged weights over mirror images ${averaged.toFixed(4)}`;
    console.log(
      `${name}: ${seconds.toFixed(1)} s, ${memory.toFixed(0)} MB, test accuracy ${testAccuracy.toFixed(4)}${mirrored}`,
    );
  }
}

const what = recipe ? 'the whole recipe' : `${epochs} epochs of 45,000 images and 30,000 copies`;
console.log(`\n${model}, ${what}: medians of ${values.repeats}, share of the last one's time`);
const seconds = ({ runs }) => median(runs.map((r) => r.seconds));
for (const result of results) {
  const memory = median(result.runs.map((r) => r.memory));
  const share = seconds(result) / seconds(results.at(-1));
  console.log(
    `  ${result.name.padEnd(20)}${seconds(result).toFixed(1).padStart(8)} s ${memory.toFixed(0).padStart(6)} MB  ${share.toFixed(2)}`,
  );
}
