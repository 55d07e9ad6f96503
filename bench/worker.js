// Trains with fmnist and answers each line `N` on standard input with the seconds that N steps took.
// node bench/worker.js CONFIG DATA BATCH PRECISION
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { loadConfig } from '../dist/config/load.js';
import { loadDataset } from '../dist/data/dataset.js';
import { fashionMnist } from '../dist/datasets/fashion-mnist.js';
import { modelInput } from '../dist/datasets/spec.js';
import { openEngine } from '../dist/engine/open.js';
import { buildModel } from '../dist/model/build.js';
import { startSteps } from '../dist/training/benchmark.js';

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
