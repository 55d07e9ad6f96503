import { drawOnlineBatch } from '../../augment/online.js';
import type { ModelConfig, TrainingConfig } from '../../config/schema.js';
import { shuffled } from '../../data/shuffle.js';
import type { EngineInfo, TrainStep } from '../../engine/engine.js';
import type { ImageShape } from '../../image.js';

export interface EpochPlan {
  /** Pool indices of the training images. */
  readonly train: Int32Array;
  readonly batchSize: number;
  /** Of the whole run. */
  readonly epochs: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly onlineAugmentation: ModelConfig['onlineAugmentation'];
  readonly lookahead: ModelConfig['training']['lookahead'];
  readonly imageShape: ImageShape;
  readonly stepsPerCall: number;
}

/** A GPU waits for JavaScript between calls; several steps in one keep it busy. */
const STEPS_PER_GPU_CALL = 16;

/** Steps that one call to the trainer takes: with lookahead, to the next move of the slow weights. */
export function stepsPerCall(
  { kind, device }: EngineInfo,
  { lookahead }: Pick<TrainingConfig, 'lookahead'> = {},
): number {
  if (kind !== 'native' || device !== 'gpu') return 1;
  return lookahead === undefined ? STEPS_PER_GPU_CALL : Math.min(STEPS_PER_GPU_CALL, lookahead.syncPeriod);
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
      const augmentation = drawAugmentation(plan, indices, epoch, step);
      const lookahead = slowStep(plan, step, steps, count);
      group.push({ indices, step: count, learningRate: learningRate(count), ...augmentation, ...lookahead });
    }
    yield group;
  }
}

/**
 * Slow weights move after every `syncPeriod` steps of an epoch (Zhang et al. 2019) and after its last one, so that what is
 * validated and saved are they. The ramp is airbench's.
 */
function slowStep(plan: EpochPlan, step: number, steps: number, globalStep: number): Pick<TrainStep, 'lookahead'> {
  if (plan.lookahead === undefined) return {};
  const { syncPeriod, slowStepSize, ramp } = plan.lookahead;
  if ((step + 1) % syncPeriod !== 0 && step + 1 !== steps) return {};
  const kept = ramp ? (1 - slowStepSize) * ((globalStep + 1) / (steps * plan.epochs)) ** 3 : 1 - slowStepSize;
  return { lookahead: 1 - Math.min(kept, 1 - slowStepSize) };
}

function drawAugmentation(plan: EpochPlan, indices: Int32Array, epoch: number, step: number) {
  const { onlineAugmentation, imageShape, seed } = plan;
  if (onlineAugmentation === undefined) return {};
  const [height, width] = imageShape;
  return drawOnlineBatch(onlineAugmentation, indices, { height, width }, seed, epoch, step);
}
