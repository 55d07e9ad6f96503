// Trains random networks of the test suite for a few steps and prints losses and state: node networks.js DEVICE COUNT [--jit-compile]
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import fc from 'fast-check';
import { PLAIN_TRAINING } from '../../build/engine/engine.js';
import { openEngine } from '../../build/engine/open.js';
import { readAll } from '../../build/model/tensors.js';

const STEPS = 3;
const [device, count, ...flags] = process.argv.slice(2);
const { randomNetwork } = await fromTests('random-network.ts');
const { engine } = await openEngine({ device, jitCompile: flags.includes('--jit-compile'), offline: true });
const networks = [];
for (const network of fc.sample(randomNetwork, { numRuns: Number(count), seed: 2024 }))
  networks.push(await outcome(network));
console.log(JSON.stringify({ networks }));

async function outcome({ layers, model, weights, pool, batchSize, labelSmoothing }) {
  const optimizer = { type: 'sgd', momentum: 0.9, nesterov: true };
  const how = { batchSize, labelSmoothing, precision: 'float32', seed: 1, emaDecay: 0.9 };
  const trainer = await engine.trainer({ ...PLAIN_TRAINING, ...how, model, optimizer, pool });
  await trainer.setWeights(weights);
  const loss = [];
  for (let step = 0; step < STEPS; step++) {
    const indices = Int32Array.from({ length: batchSize }, (_, i) => i);
    loss.push((await trainer.train([{ indices, step, learningRate: 0.01 }]))[0].loss / batchSize);
  }
  const state = await readAll(trainer.state());
  trainer.dispose();
  return { layers, values: { loss, ...Object.fromEntries([...state].map(([name, { data }]) => [name, [...data]])) } };
}

/** A helper of the tests, which is TypeScript on the sources; a placed kit has the built files alone. */
async function fromTests(name) {
  const built = await build({
    entryPoints: [fileURLToPath(new URL(`../../test/helpers/${name}`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [{ name: 'built', setup: resolveToBuilt }],
  });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString('base64')}`);
}

function resolveToBuilt({ onResolve }) {
  onResolve({ filter: /\/src\// }, ({ path }) => {
    const file = path.replace(/^.*\/src\//, '../../build/');
    return { path: new URL(file, import.meta.url).href, external: true };
  });
  onResolve({ filter: /^fast-check$/ }, () => ({ path: import.meta.resolve('fast-check'), external: true }));
}
