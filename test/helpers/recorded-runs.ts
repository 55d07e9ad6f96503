import path from 'node:path';
import { modelConfigSchema } from '../../src/config/schema.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import type { RunLabels } from '../../src/runs/card.js';
import { RunDirectory } from '../../src/runs/recorder.js';
import type { TrainingCheckpoint } from '../../src/training/contracts/recorder.js';
import { epochEnd, runEnd, runStart, stepEvent } from './events.js';
import { FASHION_MNIST } from './model-input.js';

export interface RecordedRun {
  readonly name: string;
  readonly epochs?: number;
  /** Of an epoch. */
  readonly steps?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  /** False leaves it as a process that was killed does. */
  readonly ended?: boolean;
  readonly bestValAccuracy?: number;
  readonly testAccuracy?: number;
  readonly labels?: RunLabels;
  readonly created?: Date;
}

/** A small network. */
const SMALL = {
  layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
};

/** A run directory as training writes it, with weights that were never trained. @returns its name */
export async function recordRun(
  runsDir: string,
  { name, epochs = 3, steps = 40, batchSize = 32, seed = 42, ended = true, ...given }: RecordedRun,
): Promise<string> {
  const { labels = {}, created, bestValAccuracy = 0.9312, testAccuracy = 0.9105 } = given;
  const config = modelConfigSchema.parse({ name, ...SMALL, training: { epochs, batchSize } });
  const directory = await RunDirectory.create(runsDir, name, {
    environment: { node: 'v20' },
    labels,
    ...(created && { now: () => created }),
  });
  const start = runStart({ epochs, steps });
  await directory.record({ ...start, run: directory.run, model: name, config, seed, batchSize });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let step = 1; step <= steps; step++) await directory.record(stepEvent(epoch, step, steps));
    await directory.record(epochEnd(epoch, { epochs, steps }));
  }
  const weights = initialWeights(buildModel(config, FASHION_MNIST), seed);
  const checkpoint: TrainingCheckpoint = {
    tensors: weights,
    state: {
      settings: {
        config,
        seed,
        dataset: 'synthetic',
        limit: 100,
        augment: 0,
        validation: 'honest',
        shuffle: true,
        precision: 'float32',
      },
      fingerprint: 'none',
      epoch: epochs,
      step: 4,
      globalStep: 4 * epochs,
      sums: { loss: 1, correct: 1, count: 1, seconds: 1 },
      seconds: 1,
      history: [],
    },
  };
  await directory.checkpoint('last', { epoch: epochs, step: 4 }, checkpoint);
  if (ended) await directory.record({ ...runEnd({ epochs }), bestValAccuracy, testAccuracy, run: directory.run });
  await directory.close();
  return path.basename(directory.run);
}
