// Steps of fmnist and of its peers, in turn on one machine:
// npm run bench -- [--peers PYTHON] [--tfjs-node FOLDER] [--models conv,accurate] [--precision float32] [--repeats 5] [--batch-size 32]
//
// Every contestant is a process that stays alive, so that none is timed while another one starts or compiles; blocks of
// steps take turns, and a ratio compares blocks that ran next to each other.
import { parseArgs } from 'node:util';
import { cachedData, median, path } from './common.js';
import { Contestant } from './contestant.js';

/** Plain networks, and one with batch normalisation, GELU and residual blocks. */
const MODELS = {
  conv: { file: '../configs/conv.json', batch: 32 },
  'conv-pool': { file: '../configs/conv-pool.json', batch: 32 },
  vgg7: { file: '../configs/vgg7.json', batch: 32 },
  accurate: { file: '../examples/accurate.json', batch: 256 },
};

const { values } = parseArgs({
  options: {
    peers: { type: 'string' },
    'tfjs-node': { type: 'string' },
    models: { type: 'string', default: Object.keys(MODELS).join() },
    precision: { type: 'string', default: 'float32' },
    repeats: { type: 'string', default: '5' },
    'batch-size': { type: 'string' },
  },
});

const PEERS = {
  'Keras, graph': ['keras_worker.py', 'nojit'],
  'Keras, XLA': ['keras_worker.py', 'jit'],
  'PyTorch, eager': ['torch_worker.py', 'eager'],
  'PyTorch, channels last': ['torch_worker.py', 'eager', 'channels_last'],
  'PyTorch, compiled': ['torch_worker.py', 'compile'],
  'PyTorch, compiled, channels last': ['torch_worker.py', 'compile', 'channels_last'],
};

const data = await cachedData();
for (const model of values.models.split(',')) {
  const { file, batch } = MODELS[model];
  const batchSize = values['batch-size'] ?? String(batch);
  const common = [path(file), data, batchSize, values.precision];
  const all = [new Contestant('fmnist', process.execPath, [path('worker.js'), ...common])];
  for (const [name, [script, ...mode]] of Object.entries(values.peers ? PEERS : {})) {
    all.push(new Contestant(name, values.peers, [path(`peers/${script}`), ...common, ...mode]));
  }
  if (values['tfjs-node']) {
    all.push(
      new Contestant('tfjs-node, fit', process.execPath, [
        path('peers/tfjs_worker.js'),
        ...common,
        values['tfjs-node'],
      ]),
    );
  }
  const running = [];
  for (const contestant of all) {
    try {
      await contestant.ready();
      running.push(contestant);
    } catch (error) {
      console.error(error.message);
    }
  }
  for (const contestant of running) await contestant.size();
  for (let i = 0; i < Number(values.repeats); i++) {
    for (const contestant of running) await contestant.block();
  }
  console.log(
    `\n${model}, ${values.precision}, batch ${batchSize}: ms a step, median of ${values.repeats} blocks; fmnist's time as a share`,
  );
  const [ours] = running;
  for (const { name, blocks, median: ms } of running) {
    const share = median(ours.blocks.map((ms, i) => ms / blocks[i]));
    console.log(
      `  ${name.padEnd(34)}${ms.toFixed(2).padStart(8)} (${Math.min(...blocks).toFixed(2)} to ${Math.max(...blocks).toFixed(2)})  ${share.toFixed(2)}`,
    );
  }
  await Promise.all(all.map((contestant) => contestant.close()));
}
