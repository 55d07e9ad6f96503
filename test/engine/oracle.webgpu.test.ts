import { it } from 'vitest';
import { agree } from '../helpers/agreement.js';
import { OPEN } from '../helpers/engines.js';

it('the WebGPU engine agrees with the plain CPU engine on 20 random networks', async () => {
  await agree(await OPEN.webgpu(), await OPEN['cpu-js'](), { networks: 20, tolerance: 1e-3 });
}, 600_000);
