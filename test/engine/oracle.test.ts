import { it } from 'vitest';
import { agree, agreeOn } from '../helpers/agreement.js';
import { OPEN } from '../helpers/engines.js';
import { noisyNetwork } from '../helpers/random-network.js';

// The plain CPU engine differentiates with tfjs' own rules, which know nothing of ours.

it('the graph engine agrees with tfjs on 200 random networks of the whole vocabulary', async () => {
  await agree(await OPEN.native(), await OPEN['cpu-js'](), { networks: 200, tolerance: 1e-4 });
}, 600_000);

it('the WASM engine agrees with the plain CPU engine on 60 of them', async () => {
  await agree(await OPEN.wasm(), await OPEN['cpu-js'](), { networks: 60, tolerance: 1e-3 });
}, 600_000);

it.each([
  { kernelSize: [2, 1], strides: [1, 2] },
  { kernelSize: [1, 3], strides: [3, 1] },
  { kernelSize: 2, strides: 3 },
  { kernelSize: [3, 1], strides: 2 },
])('WASM convolves alike where the stride leaves pixels out: %o', async (window) => {
  const layers = [
    { type: 'conv2d', filters: 3, padding: 'same', ...window },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ];
  const network = noisyNetwork(layers, { inputShape: [5, 6, 2], batchSize: 4, labelSmoothing: 0, seed: 1 });
  await agreeOn(await OPEN.wasm(), await OPEN.native(), network, 1e-3);
});
