// Trains with fmnist and answers each line `N` on standard input with the seconds that N steps took.
// node bench/worker.js CONFIG DATA BATCH PRECISION
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { loadConfig } from '../dist/config/load.js';
import { loadDataset } from '../dist/data/dataset.js';
import { PLAIN_TRAINING } from '../dist/engine/engine.js';
import { openEngine } from '../dist/engine/open.js';
import { buildModel } from '../dist/model/build.js';
import { initialWeights } from '../dist/model/initializers.js';
import { permutation, seededRandom } from '../dist/random.js';
import { stepsPerCall } from '../dist/training/loop/steps.js';

const [config, dataDir, batch, precision] = parseArgs({ allowPositionals: true }).positionals;
const { optimizer, ...rest } = loadConfig(config);
const model = buildModel(rest);
const { train } = await loadDataset({ dataDir });
const { engine } = await openEngine({ device: 'auto', precision });
const batchSize = Number(batch);
const calls = stepsPerCall(engine.info);
const trainer = await engine.trainer({
  ...PLAIN_TRAINING,
  model,
  optimizer,
  batchSize,
  precision,
  seed: 1,
  pool: train,
  stepsPerCall: calls,
});
await trainer.setWeights(initialWeights(model, 1));
const order = permutation(train.labels.length, seededRandom(1, 'bench'));
const perEpoch = Math.floor(order.length / batchSize);
let step = 0;

function next() {
  const from = (step % perEpoch) * batchSize;
  return { indices: order.slice(from, from + batchSize), step: step++, learningRate: optimizer.learningRate };
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  for (let left = Number(line); left > 0; left -= calls)
    await trainer.train(Array.from({ length: Math.min(calls, left) }, next));
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
}
