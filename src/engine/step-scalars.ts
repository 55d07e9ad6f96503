import type { WeightSpec } from '../model/layer.js';
import type { Optimizer } from '../optimizers/registry.js';
import type { TrainerSpec, TrainStep } from './engine.js';

type Step = Pick<TrainStep, 'step' | 'learningRate'>;

/** What the moving averages go of their way to the weights: 1 − decay. */
export const AVERAGE_RATE = 'averageRate';

/**
 * The numbers of a step by name, in one order: the optimizer's for each group of weights, and {@link AVERAGE_RATE} where
 * there are averages. Engines take them in float32.
 */
export function stepScalars(spec: TrainerSpec, optimizer: Optimizer, step: Step): ReadonlyMap<string, number> {
  const { biasLearningRate, emaDecay, emaWarmup } = spec;
  const t = step.step + 1;
  const groups = (biasLearningRate === 1 ? [1] : [1, biasLearningRate]).flatMap((factor, group) =>
    Object.entries(optimizer.scalars({ learningRate: step.learningRate * factor, t })).map(
      ([name, value]) => [`${group}/${name}`, value] as const,
    ),
  );
  if (emaDecay === undefined) return new Map(groups);
  // TensorFlow's ExponentialMovingAverage with num_updates.
  const decay = emaWarmup ? Math.min(emaDecay, (1 + t) / (10 + t)) : emaDecay;
  return new Map([...groups, [AVERAGE_RATE, 1 - decay]]);
}

/** The names of {@link stepScalars}, which are the same in each step. */
export function stepScalarNames(spec: TrainerSpec, optimizer: Optimizer): string[] {
  return [...stepScalars(spec, optimizer, { step: 0, learningRate: 0 }).keys()];
}

/** How one of the optimizer's numbers is called for a weight: biases are a group of their own where their rate is. */
export function scalarName({ biasLearningRate }: TrainerSpec, { bias }: WeightSpec, scalar: string): string {
  return `${bias && biasLearningRate !== 1 ? 1 : 0}/${scalar}`;
}
