// Trains with fmnist and answers each line `N` on standard input with the seconds that N steps took.
// node bench/worker.js CONFIG DATA BATCH PRECISION
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { loadConfig } from '../build/config/load.js';
import { loadDataset } from '../build/data/dataset.js';
import { fashionMnist } from '../build/datasets/fashion-mnist.js';
import { modelInput } from '../build/datasets/spec.js';
import { openEngine } from '../build/engine/open.js';
import { buildModel } from '../build/model/build.js';
import { startSteps } from '../build/training/benchmark.js';

const [file, dataDir, batch, precision] = parseArgs({ allowPositionals: true }).positionals;
const config = loadConfig(file);
const { optimizer } = config;
const { train } = await loadDataset({ dataDir });
const { engine } = await openEngine({ device: 'auto', precision });
const { learningRate } = optimizer;
const model = buildModel(config, modelInput(fashionMnist));
const training = { engine, model, optimizer, learningRate, batchSize: Number(batch), precision };
const steps = await startSteps(training, train);

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  await steps.run(Number(line));
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
}
