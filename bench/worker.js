// Trains with fmnist and answers each line `N` on standard input with the seconds that N steps took.
// node bench/worker.js CONFIG DATA BATCH PRECISION
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { loadConfig } from '../dist/config/load.js';
import { loadDataset } from '../dist/data/dataset.js';
import { openEngine } from '../dist/engine/open.js';
import { buildModel } from '../dist/model/build.js';
import { initialWeights } from '../dist/model/initializers.js';
import { permutation, seededRandom } from '../dist/random.js';

const [config, dataDir, batch, precision] = parseArgs({ allowPositionals: true }).positionals;
const { optimizer, ...rest } = loadConfig(config);
const model = buildModel(rest);
const { train } = await loadDataset({ dataDir });
const { engine } = await openEngine({ device: 'auto', precision });
const batchSize = Number(batch);
const trainer = await engine.trainer({
  model,
  optimizer,
  batchSize,
  precision,
  seed: 1,
  pool: train,
  labelSmoothing: 0,
  clipNorm: undefined,
  emaDecay: undefined,
  onlineAugmentation: false,
  stepsPerCall: 1,
});
await trainer.setWeights(initialWeights(model, 1));
const order = permutation(train.labels.length, seededRandom(1, 'bench'));
const perEpoch = Math.floor(order.length / batchSize);
let step = 0;

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  for (let i = 0; i < Number(line); i++, step++) {
    const from = (step % perEpoch) * batchSize;
    const indices = order.slice(from, from + batchSize);
    await trainer.train([{ indices, step, learningRate: optimizer.learningRate }]);
  }
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
}
