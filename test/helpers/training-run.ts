import { parseConfig } from '../../src/config/load.js';
import type { Dataset } from '../../src/data/dataset.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import type { LabelledImages } from '../../src/image.js';
import { RunDirectory } from '../../src/runs/recorder.js';
import { TrainingControl } from '../../src/training/contracts/control.js';
import type { EpochEnd, RunEnd, StepEvent, TrainingEvent } from '../../src/training/contracts/events.js';
import type { TrainOptions } from '../../src/training/contracts/options.js';
import type { RunSettings } from '../../src/training/contracts/settings.js';
import { prepareData } from '../../src/training/loop/pool.js';
import { train } from '../../src/training/loop/train.js';
import { nativeEngine } from './engine.js';
import { realDataset } from './real-data.js';
import { temporaryFolder } from './temporary-folder.js';

/** Dropout, batch normalisation and two matmuls: every kind of state, at a millisecond a step. */
const LAYERS = [
  { type: 'conv2d', filters: 4, kernelSize: 3, strides: 2, activation: 'relu' },
  { type: 'batchNormalization' },
  { type: 'flatten' },
  { type: 'dense', units: 16, activation: 'relu' },
  { type: 'dropout', rate: 0.3 },
  { type: 'dense', units: 10, activation: 'softmax' },
];

/** Settings of a run on a small network: two epochs on 96 images, 32 held out, unless said otherwise. */
export function settings(config: object = {}, over: Partial<RunSettings> = {}): RunSettings {
  const training = { epochs: 2, batchSize: 32, ...('training' in config ? (config.training as object) : {}) };
  return {
    config: parseConfig({ name: 'small', layers: LAYERS, ...config, training }, 'test'),
    seed: 7,
    dataset: 'fashion-mnist',
    limit: 128,
    augment: 0,
    validation: 'honest',
    shuffle: true,
    precision: 'float32',
    ...over,
  };
}

/** The real images with few test images, so that a run's end is quick. */
export async function fewTestImages(test = 200): Promise<Dataset> {
  const dataset = await realDataset();
  return { ...dataset, test: first(dataset.test, test) };
}

function first({ images, labels }: LabelledImages, count: number): LabelledImages {
  return { images: images.subarray(0, count * 784), labels: labels.subarray(0, count) };
}

export interface FinishedRun {
  readonly folder: string;
  readonly events: readonly TrainingEvent[];
  readonly steps: readonly StepEvent[];
  readonly epochs: readonly EpochEnd[];
  readonly end: RunEnd | undefined;
  readonly error: unknown;
}

/** Trains in a run directory of its own, or goes on in `resume`, to the end or the error. */
export async function runTraining(
  over: Partial<TrainOptions> & { settings: RunSettings; onEvent?: (event: TrainingEvent) => void },
  resume?: string,
): Promise<FinishedRun> {
  const resumed = resume === undefined ? undefined : await RunDirectory.resume(resume);
  const directory = resumed?.directory ?? (await RunDirectory.create(temporaryFolder(), 'small'));
  const events: TrainingEvent[] = [];
  let error: unknown;
  try {
    const run = train({
      dataset: fashionMnist,
      data: await prepareData(await fewTestImages(), over.settings),
      engine: await nativeEngine(),
      openRecorder: async () => directory,
      control: new TrainingControl(),
      resume: resumed?.checkpoint,
      checkpointMinutes: 60,
      ...over,
    });
    for await (const event of run) {
      events.push(event);
      over.onEvent?.(event);
    }
  } catch (thrown) {
    error = thrown;
  }
  await directory.close();
  return {
    folder: directory.run,
    events,
    steps: events.filter((event) => event.event === 'step'),
    epochs: events.filter((event) => event.event === 'epoch_end'),
    end: events.find((event) => event.event === 'run_end'),
    error,
  };
}
