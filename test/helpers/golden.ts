import { readFileSync } from 'node:fs';
import { modelConfigSchema } from '../../src/config/schema.js';
import type { ImagePool } from '../../src/engine/engine.js';
import { buildModel } from '../../src/model/build.js';
import type { Model } from '../../src/model/model.js';
import type { NamedTensor, NamedTensors } from '../../src/model/tensors.js';
import type { OptimizerConfig } from '../../src/optimizers/registry.js';
import { FASHION_MNIST } from './model-input.js';

/** A run of Keras 3.15 on a small network: eight full-batch steps in order, then evaluation of all images. */
export interface GoldenRun {
  readonly name: string;
  readonly model: Model;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  /** Mean loss of each batch before its step. */
  readonly losses: readonly number[];
  readonly evaluation: { readonly loss: number; readonly accuracy: number };
  readonly pool: ImagePool;
  readonly init: NamedTensors;
  readonly final: NamedTensors;
  /** [N, 10] after the last step. */
  readonly predictions: Float32Array;
}

export const GOLDEN_NAMES = ['conv', 'pool', 'vgg', 'batchnorm'] as const;

interface GoldenJson {
  layers: unknown;
  optimizer: unknown;
  batchSize: number;
  losses: number[];
  evaluation: { loss: number; accuracy: number };
}

export function goldenRun(name: (typeof GOLDEN_NAMES)[number]): GoldenRun {
  const file = (extension: string) => new URL(`../fixtures/golden/${name}.${extension}`, import.meta.url);
  const json = JSON.parse(readFileSync(file('json'), 'utf8')) as GoldenJson;
  const config = modelConfigSchema.parse({ name, layers: json.layers, optimizer: json.optimizer });
  const arrays = readArrays(readFileSync(file('safetensors')));
  const floats = (prefix: string) =>
    new Map(
      [...arrays]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { shape, bytes }]): [string, NamedTensor] => [
          key.slice(prefix.length),
          { shape, data: new Float32Array(bytes) },
        ]),
    );
  const bytes = (key: string) => arrays.get(key)?.bytes ?? new ArrayBuffer(0);
  return {
    name,
    model: buildModel(config, FASHION_MNIST),
    optimizer: config.optimizer,
    batchSize: json.batchSize,
    losses: json.losses,
    evaluation: json.evaluation,
    pool: { images: new Uint8Array(bytes('x')), labels: Uint8Array.from(new Int32Array(bytes('y'))) },
    init: floats('init/'),
    final: floats('final/'),
    predictions: new Float32Array(bytes('predictions')),
  };
}

/** All arrays of a trusted safetensors file, of any type. */
function readArrays(file: Buffer): Map<string, { shape: number[]; bytes: ArrayBuffer }> {
  const start = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(([name, { shape, data_offsets }]) => {
      const [from, to] = data_offsets;
      return [name, { shape, bytes: Uint8Array.from(file.subarray(start + from, start + to)).buffer }];
    }),
  );
}
