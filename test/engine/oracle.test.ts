import { it } from 'vitest';
import { agree } from '../helpers/agreement.js';
import { OPEN } from '../helpers/engines.js';

// The plain CPU engine differentiates with tfjs' own rules, which know nothing of ours.

it('the graph engine agrees with tfjs on 200 random networks of the whole vocabulary', async () => {
  await agree(await OPEN.native(), await OPEN['cpu-js'](), { networks: 200, tolerance: 1e-4 });
}, 600_000);

it('the WASM engine agrees with the plain CPU engine on 60 of them', async () => {
  await agree(await OPEN.wasm(), await OPEN['cpu-js'](), { networks: 60, tolerance: 1e-3 });
}, 600_000);
