// Stock tfjs-node: `model.fit` of the same layers, on whatever binding its package holds.
// node tfjs_worker.js CONFIG DATA BATCH PRECISION FOLDER, FOLDER's node_modules having @tensorflow/tfjs-node-gpu.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [config, data, batch, , folder] = process.argv.slice(2);
const tf = createRequire(`${folder}/`)('@tensorflow/tfjs-node-gpu');
const { layers } = JSON.parse(readFileSync(config, 'utf8'));
const batchSize = Number(batch);

const MAKERS = {
  conv2d: tf.layers.conv2d,
  maxPooling2d: tf.layers.maxPooling2d,
  dropout: tf.layers.dropout,
  flatten: tf.layers.flatten,
  dense: tf.layers.dense,
};
const model = tf.sequential();
for (const [i, { type, ...options }] of layers.entries()) {
  // The last dense layer may leave its units out.
  if (type === 'dense') options.units ??= 10;
  const input = i === 0 ? { inputShape: [28, 28, 1] } : {};
  const initializer = 'filters' in options || 'units' in options ? { kernelInitializer: 'glorotUniform' } : {};
  model.add(MAKERS[type]({ ...options, ...initializer, ...input }));
}
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });

const IMAGES = 4096;
const bytes = readFileSync(`${data}/train-images-idx3-ubyte`).subarray(16, 16 + IMAGES * 784);
const images = tf.tensor4d(
  Float32Array.from(bytes, (value) => value / 255),
  [IMAGES, 28, 28, 1],
);
const labels = tf.tensor1d(Float32Array.from(readFileSync(`${data}/train-labels-idx1-ubyte`).subarray(8, 8 + IMAGES)));

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const count = Math.min(IMAGES, Number(line) * batchSize);
  const [x, y] = [images.slice(0, count), labels.slice(0, count)];
  const start = performance.now();
  await model.fit(x, y, { batchSize, epochs: 1, verbose: 0 });
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
  tf.dispose([x, y]);
}
