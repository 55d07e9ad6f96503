// Repeats Keras' golden runs and prints how far losses are off, relatively: node golden.js DEVICE PRECISION [--jit-compile]
import { readFileSync } from 'node:fs';
import { modelConfigSchema } from '../../build/config/schema.js';
import { fashionMnist } from '../../build/datasets/fashion-mnist.js';
import { modelInput } from '../../build/datasets/spec.js';
import { PLAIN_TRAINING } from '../../build/engine/engine.js';
import { openEngine } from '../../build/engine/open.js';
import { buildModel } from '../../build/model/build.js';
import { sourceOf } from '../../build/model/tensors.js';

const [device, precision, ...flags] = process.argv.slice(2);
const { engine } = await openEngine({ device, precision, jitCompile: flags.includes('--jit-compile'), offline: true });
const off = {};
for (const name of ['conv', 'pool', 'vgg', 'batchnorm']) off[name] = await deviation(name);
console.log(JSON.stringify({ device: engine.info.deviceName, off }));

async function deviation(name) {
  const file = (extension) => new URL(`../../test/fixtures/golden/${name}.${extension}`, import.meta.url);
  const { layers, optimizer, batchSize, losses } = JSON.parse(readFileSync(file('json'), 'utf8'));
  const config = modelConfigSchema.parse({ name, layers, optimizer });
  const arrays = readArrays(readFileSync(file('safetensors')));
  const labels = Uint8Array.from(new Int32Array(arrays.get('y').bytes));
  const pool = { images: new Uint8Array(arrays.get('x').bytes), labels };
  const model = buildModel(config, modelInput(fashionMnist));
  const spec = { ...PLAIN_TRAINING, model, optimizer: config.optimizer, batchSize, precision, seed: 1, pool };
  const trainer = await engine.trainer(spec);
  const init = [...arrays].filter(([key]) => key.startsWith('init/'));
  await trainer.setWeights(
    sourceOf(new Map(init.map(([key, { shape, bytes }]) => [key.slice(5), { shape, data: new Float32Array(bytes) }]))),
  );
  let most = 0;
  for (const [step, keras] of losses.entries()) {
    const indices = Int32Array.from({ length: batchSize }, (_, i) => step * batchSize + i);
    const [{ loss }] = await trainer.train([{ indices, step, learningRate: config.optimizer.learningRate }]);
    most = Math.max(most, Math.abs(loss / batchSize / keras - 1));
  }
  trainer.dispose();
  return most;
}

function readArrays(file) {
  const start = 8 + Number(file.readBigUInt64LE());
  return new Map(
    Object.entries(JSON.parse(file.toString('utf8', 8, start))).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { shape, bytes: Uint8Array.from(file.subarray(start + from, start + to)).buffer }],
    ),
  );
}
