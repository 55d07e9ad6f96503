import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelConfigSchema } from '../../src/config/schema.js';
import type { Engine, Inspector } from '../../src/engine/engine.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import type { Model } from '../../src/model/model.js';
import { type NamedTensors, readAll } from '../../src/model/tensors.js';
import { distance, OPEN } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { randomNetwork } from '../helpers/random-network.js';

let native: Engine;
let tfjs: Engine;
beforeAll(async () => {
  native = await OPEN.native();
  tfjs = await OPEN['cpu-js']();
});

function layerNames({ layers }: Pick<Model, 'layers'>): string[] {
  return layers.flatMap((layer) => [layer.name, ...layerNames({ layers: layer.children })]);
}

describe('a look into a model', () => {
  it('gives what tfjs gives of every layer, and the same gradients, for random networks', async () => {
    const property = fc.asyncProperty(randomNetwork, async ({ model, weights, pool }) => {
      const values = await readAll(weights);
      const inspectors = await Promise.all([native, tfjs].map((engine) => engine.inspector(model, values)));
      const [ours, theirs] = inspectors as [Inspector, Inspector];
      const size = model.inputShape.reduce((a, b) => a * b, 1);
      const names = layerNames(model);
      const images = pool.images.subarray(0, 2 * size);
      expectNear(await ours.outputs(images, names), await theirs.outputs(images, names));
      for (const name of [names[0] ?? '', names.at(-1) ?? '']) {
        const [a, b] = await Promise.all(inspectors.map((one) => one.sensitivity(images.subarray(0, size), 1, name)));
        expectNear(new Map(Object.entries(a ?? {})), new Map(Object.entries(b ?? {})));
      }
      for (const one of inspectors) one.dispose();
    });
    await fc.assert(property, { numRuns: 25, seed: 2025 });
  });

  it('says how the score of a class changes with a pixel, as a finite difference does', async () => {
    const layers = [
      { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'tanh' },
      { type: 'batchNormalization' },
      { type: 'averagePooling2d', poolSize: 2 },
      { type: 'dropout', rate: 0.5 },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    const model = buildModel(modelConfigSchema.parse({ name: 'smooth', layers }), FASHION_MNIST);
    const weights = await readAll(initialWeights(model, 11));
    const image = Uint8Array.from({ length: 784 }, (_, i) => 40 + ((i * 37) % 170));
    for (const engine of [native, tfjs]) {
      const inspector = await engine.inspector(model, weights);
      const { pixels } = await inspector.sensitivity(image, 3, 'conv2d_1');
      const logit = async (changed: Uint8Array) =>
        (await inspector.outputs(changed, ['dense_1'])).get('dense_1')?.data[3] ?? Number.NaN;
      const largest = pixels.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (let n = 0; n < 20; n++) {
        const at = (n * 41 + 13) % 784;
        const moved = (step: number) => image.map((value, i) => (i === at ? value + step : value));
        const difference = ((await logit(moved(8))) - (await logit(moved(-8)))) / (16 / 255);
        expect(Math.abs(difference - (pixels.data[at] ?? Number.NaN)), `pixel ${at}`).toBeLessThan(0.01 * largest);
      }
      inspector.dispose();
    }
  });
});

function expectNear(ours: NamedTensors, theirs: NamedTensors): void {
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [name, { shape, data }] of theirs) {
    expect(ours.get(name)?.shape, name).toEqual(shape);
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expect(distance(ours.get(name)?.data ?? [], data), name).toBeLessThanOrEqual(1e-4 * scale);
  }
}
