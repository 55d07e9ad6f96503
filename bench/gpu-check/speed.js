// Times steps of models and batches, a line of JSON for each as it is done:
// node speed.js DEVICE PRECISION MODELS BATCHES [--jit-compile] [--no-deterministic]
import { loadConfig } from '../../build/config/load.js';
import { fashionMnist } from '../../build/datasets/fashion-mnist.js';
import { modelInput } from '../../build/datasets/spec.js';
import { openEngine } from '../../build/engine/open.js';
import { buildModel } from '../../build/model/build.js';
import { startSteps } from '../../build/training/benchmark.js';
import { stepsPerCall } from '../../build/training/loop/steps.js';
import { median } from '../common.js';
import { watchGpu } from './gpu.js';

const [device, precision, models, batches, ...flags] = process.argv.slice(2);
const jitCompile = flags.includes('--jit-compile');
const deterministic = !flags.includes('--no-deterministic');
const BLOCKS = 5;
/** Milliseconds that a block should take. */
const BLOCK_MS = 300;
const IMAGES = 4096;

const { engine } = await openEngine({ device, precision, jitCompile, deterministic, offline: true });
const perCall = stepsPerCall(engine.info);
const pool = { images: new Uint8Array(IMAGES * 784).fill(7), labels: new Uint8Array(IMAGES).fill(1) };
for (const batchSize of batches.split(',').map(Number)) {
  for (const name of models.split(',')) {
    const config = loadConfig(name);
    const model = buildModel(config, modelInput(fashionMnist));
    const { optimizer } = config;
    const training = { engine, model, optimizer, learningRate: optimizer.learningRate, batchSize, precision };
    const steps = await startSteps(training, pool);
    const firstMs = await time(steps, 1);
    await time(steps, 3);
    const calls = Math.min(200, Math.max(1, Math.round(BLOCK_MS / (await time(steps, 1)))));
    const usage = await watchGpu(engine.info);
    const blocks = [];
    for (let i = 0; i < BLOCKS; i++) blocks.push((await time(steps, calls)) / calls / perCall);
    steps.dispose();
    const ms = median(blocks);
    const gflops = (3 * model.flops * batchSize) / ms / 1e6;
    console.log(JSON.stringify({ what: `${name} ${batchSize}`, ms, blocks, gflops, firstMs, gpu: await usage() }));
  }
}
console.log('{}');

/** Milliseconds of so many calls. */
async function time(steps, calls) {
  const start = performance.now();
  await steps.run(calls * perCall);
  return performance.now() - start;
}
