import { drawOnlineBatch } from '../../augment/online.js';
import type { ModelConfig } from '../../config/schema.js';
import { shuffled } from '../../data/shuffle.js';
import type { EngineInfo, TrainStep } from '../../engine/engine.js';
import type { ImageShape } from '../../image.js';

export interface EpochPlan {
  /** Pool indices of the training images. */
  readonly train: Int32Array;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly onlineAugmentation: ModelConfig['onlineAugmentation'];
  readonly imageShape: ImageShape;
  readonly stepsPerCall: number;
}

/** A GPU waits for JavaScript between calls; several steps in one keep it busy. */
const STEPS_PER_GPU_CALL = 16;

/** Steps that one call to the trainer takes. */
export function stepsPerCall({ kind, device }: EngineInfo): number {
  return kind === 'native' && device === 'gpu' ? STEPS_PER_GPU_CALL : 1;
}

/** The last partial batch is kept. */
export function stepsPerEpoch(images: number, batchSize: number): number {
  return Math.ceil(images / batchSize);
}

/**
 * The steps of one epoch from step `from` (0 for all), in groups for one engine call each. They depend on nothing but
 * the plan, the epoch and the step, so that a resumed epoch continues as the uninterrupted one would have.
 *
 * @param globalStep steps done since the run began
 */
export function* stepGroups(
  plan: EpochPlan,
  epoch: number,
  from: number,
  globalStep: number,
  learningRate: (globalStep: number) => number,
): Generator<readonly TrainStep[]> {
  const { train, batchSize, seed } = plan;
  const order = plan.shuffle ? shuffled(train, seed, epoch) : train;
  const steps = stepsPerEpoch(train.length, batchSize);
  for (let first = from; first < steps; first += plan.stepsPerCall) {
    const last = Math.min(steps, first + plan.stepsPerCall);
    const group: TrainStep[] = [];
    for (let step = first; step < last; step++) {
      const indices = order.slice(step * batchSize, (step + 1) * batchSize);
      const count = globalStep + (step - from);
      const augmentation = drawAugmentation(plan, indices.length, epoch, step);
      group.push({ indices, step: count, learningRate: learningRate(count), ...augmentation });
    }
    yield group;
  }
}

function drawAugmentation(plan: EpochPlan, batch: number, epoch: number, step: number) {
  const { onlineAugmentation, imageShape, seed } = plan;
  if (onlineAugmentation === undefined) return {};
  const [height, width] = imageShape;
  return drawOnlineBatch(onlineAugmentation, batch, { height, width }, seed, epoch, step);
}
