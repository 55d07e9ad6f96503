import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import type {
  EpochEnd,
  Mistake,
  RunEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
} from '../../src/training/contracts/events.js';

export interface RunShape {
  readonly epochs?: number;
  readonly steps?: number;
  readonly synthetic?: boolean;
  /** The GPU that trains. */
  readonly gpu?: string;
}

export const RUN = 'runs/2026-11-24T0912-vgg7-3f2a';

export function runStart({ epochs = 3, steps = 40, synthetic = false, gpu }: RunShape = {}): RunStart {
  const cpu = { kind: 'native', name: 'TensorFlow 2.21.0', device: 'cpu', deviceName: 'AMD EPYC', threads: 2 } as const;
  return {
    event: 'run_start',
    run: RUN,
    model: 'vgg7',
    parameters: 5_240_842,
    config: { name: 'vgg7' },
    engine: gpu === undefined ? cpu : { ...cpu, device: 'gpu', deviceName: 'NVIDIA H100', gpu },
    precision: 'float32',
    seed: 42,
    epochs,
    batchSize: 32,
    stepsPerEpoch: steps,
    data: {
      train: 75_000,
      augmented: 30_000,
      validation: 15_000,
      test: 10_000,
      source: '/usr/share/datasets/fashion-mnist',
      synthetic,
      validationMode: 'honest',
    },
  };
}

/** A learning curve with noise that repeats: the same every time. */
export function stepEvent(epoch: number, step: number, steps: number): StepEvent {
  const progress = epoch - 1 + step / steps;
  const noise = Math.sin(step * 12.9898 + epoch * 78.233) * 0.15;
  const meanLoss = 0.25 + 0.9 * Math.exp(-1.5 * progress);
  return {
    event: 'step',
    epoch,
    step,
    steps,
    loss: Math.max(0.01, meanLoss * (1 + noise)),
    accuracy: 0.93 - 0.5 * Math.exp(-1.8 * progress),
    meanLoss,
    meanAccuracy: 0.93 - 0.5 * Math.exp(-1.8 * progress),
    learningRate: 1e-3,
    msPerStep: 55.1,
    imagesPerSecond: 580,
  };
}

export function epochEnd(epoch: number, { epochs = 3, steps = 40 }: RunShape = {}): EpochEnd {
  const last = stepEvent(epoch, steps, steps);
  return {
    event: 'epoch_end',
    epoch,
    epochs,
    steps,
    loss: last.meanLoss,
    accuracy: last.meanAccuracy,
    valLoss: last.meanLoss + 0.03 + 0.01 * Math.sin(epoch),
    valAccuracy: last.meanAccuracy - 0.01 + 0.004 * Math.sin(epoch),
    learningRate: 1e-3,
    msPerStep: 55.1,
    seconds: 50.2,
    best: true,
  };
}

export function runEnd({ epochs = 3 }: RunShape = {}): RunEnd {
  return {
    event: 'run_end',
    status: 'completed',
    exitCode: 0,
    epochs,
    testLoss: 0.2466,
    testAccuracy: 0.9105,
    bestValAccuracy: 0.9312,
    seconds: 151.3,
    run: RUN,
    classes: fashionMnist.classes.map((name, i) => ({
      name,
      precision: 0.8 + i / 60,
      recall: 0.97 - i / 50,
      f1: 0.9,
      support: 1000,
    })),
    confusion: fashionMnist.classes.map((_, row) =>
      fashionMnist.classes.map((_, column) => (row === column ? 910 : 10)),
    ),
    mistakes: [0, 1, 2].map((i) => mistake(i)),
  };
}

function mistake(i: number): Mistake {
  const pixels = Uint8Array.from({ length: 784 }, (_, at) => (at * (i + 3)) % 256);
  const image = { shape: fashionMnist.imageShape, pixels };
  return { index: i * 17, actual: 'Shirt', predicted: 'Coat', probability: 0.998 - i / 1000, image };
}

/** A whole run, as the training loop tells it. */
export function* recordedRun(shape: RunShape = {}): Generator<TrainingEvent> {
  const { epochs = 3, steps = 40 } = shape;
  yield runStart(shape);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    yield { event: 'epoch_start', epoch, epochs, steps };
    for (let step = 1; step <= steps; step++) yield stepEvent(epoch, step, steps);
    yield { event: 'validation_progress', what: 'validation', done: 15_000, total: 15_000 };
    yield epochEnd(epoch, shape);
    yield {
      event: 'checkpoint',
      kind: 'last',
      epoch,
      step: epoch * steps,
      path: `${RUN}/checkpoints/last.safetensors`,
    };
  }
  yield { event: 'warning', message: 'This CPU has bfloat16.', hint: 'Try --precision bfloat16.' };
  yield runEnd(shape);
}
