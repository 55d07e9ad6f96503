import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import { modelInput } from '../../src/datasets/spec.js';
import { readKerasWeights } from '../../src/export/keras/read.js';
import { buildModel } from '../../src/model/build.js';
import { fitWeights } from '../../src/model/fit-weights.js';
import { RUNTIMES } from '../helpers/export-python.js';
import { pythonWith } from '../helpers/python.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const config = parseConfig(
  {
    name: 'small',
    layers: [
      { type: 'conv2d', filters: 3, kernelSize: 3, activation: 'relu' },
      { type: 'batchNormalization' },
      { type: 'conv2d', filters: 4, kernelSize: 3, strides: 2 },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ],
  },
  'test',
);
const model = buildModel(config, modelInput(fashionMnist));

/** The same network by somebody who has never heard of fmnist; every weight is filled with its number. */
const KERAS = `
import numpy as np, keras
from keras import layers
model = keras.Sequential([
    keras.Input((28, 28, 1)), layers.Conv2D(3, 3, activation="relu"), layers.BatchNormalization(),
    layers.Conv2D(4, 3, strides=2, name="second"), layers.Flatten(), layers.Dense(10, activation="softmax"),
])
for layer in model.layers:
    layer.set_weights([np.full(w.shape, 10 * model.layers.index(layer) + i, "float32") for i, w in enumerate(layer.get_weights())])
model.save("small.keras")
model.save_weights("small.weights.h5")
model.save("small.h5")
`;

it("takes Keras' weights into the same layers, from each kind of file that Keras writes", async (context) => {
  const python = pythonWith(RUNTIMES);
  if (python === undefined) return context.skip('needs Python with Keras');
  const cwd = temporaryFolder();
  const { status, stderr } = spawnSync(python, ['-c', KERAS], { cwd, encoding: 'utf8' });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  for (const name of ['small.keras', 'small.weights.h5', 'small.h5']) {
    const weights = fitWeights(model, await readKerasWeights(path.join(cwd, name), { config, model }), name);
    expect([name, Object.fromEntries([...weights].map(([weight, { data }]) => [weight, data[0]]))]).toEqual([
      name,
      {
        'conv2d_1/kernel': 0,
        'conv2d_1/bias': 1,
        'batchNormalization_1/gamma': 10,
        'batchNormalization_1/beta': 11,
        'batchNormalization_1/moving_mean': 12,
        'batchNormalization_1/moving_variance': 13,
        'conv2d_2/kernel': 20,
        'conv2d_2/bias': 21,
        'dense_1/kernel': 40,
        'dense_1/bias': 41,
      },
    ]);
  }
  const other = parseConfig({ name: 'other', layers: config.layers.slice(2) }, 'test');
  const target = { config: other, model: buildModel(other, modelInput(fashionMnist)) };
  await expect(readKerasWeights(path.join(cwd, 'small.keras'), target)).rejects.toThrow('has other layers than other');
}, 600_000);

it('refuses a file that is none of them, in one line', async () => {
  const file = path.join(temporaryFolder(), 'no.keras');
  writeFileSync(file, 'hello');
  await expect(readKerasWeights(file, { config, model })).rejects.toThrow(
    /no\.keras cannot be read as weights of Keras$/,
  );
});
