// Memory of this process and of the GPU before and after many calls: node memory.js DEVICE CALLS
import { loadConfig } from '../../build/config/load.js';
import { fashionMnist } from '../../build/datasets/fashion-mnist.js';
import { modelInput } from '../../build/datasets/spec.js';
import { openEngine } from '../../build/engine/open.js';
import { buildModel } from '../../build/model/build.js';
import { startSteps } from '../../build/training/benchmark.js';
import { stepsPerCall } from '../../build/training/loop/steps.js';
import { usedMiB } from './gpu.js';

const [device, calls] = process.argv.slice(2);
const { engine } = await openEngine({ device, offline: true });
const { optimizer, ...config } = loadConfig('conv-pool');
const model = buildModel({ ...config, optimizer }, modelInput(fashionMnist));
const pool = { images: new Uint8Array(64 * 784).fill(7), labels: new Uint8Array(64).fill(1) };
const { learningRate } = optimizer;
const training = { engine, model, optimizer, learningRate, batchSize: 32, precision: 'float32' };
const steps = await startSteps(training, pool);
const perCall = stepsPerCall(engine.info);
await steps.run(perCall * Math.ceil(Number(calls) / 5));
const before = used();
await steps.run(perCall * Number(calls));
const after = used();
console.log(JSON.stringify({ processMiB: after.process - before.process, gpuMiB: after.gpu - before.gpu }));

function used() {
  return { process: process.memoryUsage.rss() / 2 ** 20, gpu: usedMiB(engine.info) };
}
