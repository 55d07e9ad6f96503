import type { ModelConfig, ScheduleConfig } from '../../config/schema.js';
import type { EpochEnd } from '../contracts/events.js';
import { improves, type ValidationMetrics } from './monitor.js';

/** The learning rate of each step of an epoch that comes after `history`. */
export function learningRates(
  { schedule, optimizer, training }: ModelConfig,
  stepsPerEpoch: number,
  history: readonly EpochEnd[],
): (globalStep: number) => number {
  const start = startPlateau(optimizer.learningRate);
  const plateau =
    schedule.type === 'reduceOnPlateau'
      ? history.reduce((state, end) => updatePlateau(schedule, state, end), start)
      : start;
  const position: Omit<SchedulePosition, 'step'> = { stepsPerEpoch, epochs: training.epochs, plateau };
  return (step) => learningRateAt(schedule, optimizer.learningRate, { step, ...position });
}

/** Where in the run a step is. */
export interface SchedulePosition {
  /** Counts from 0 over the whole run. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Of the whole run. */
  readonly epochs: number;
  /** For reduce-on-plateau, whose rate depends on what validation said; the base rate without it. */
  readonly plateau?: PlateauState | undefined;
}

type Rule<Type> = (config: Extract<ScheduleConfig, { type: Type }>, baseRate: number, at: SchedulePosition) => number;

/** Each schedule as a pure function of the step: a resumed run needs nothing but its counters. */
const SCHEDULES: { readonly [Type in ScheduleConfig['type']]: Rule<Type> } = {
  constant: (_config, baseRate) => baseRate,

  /** PyTorch's `StepLR`. */
  step: ({ every, factor }, baseRate, { step, stepsPerEpoch }) =>
    baseRate * factor ** Math.floor(Math.floor(step / stepsPerEpoch) / every),

  /** Keras' `CosineDecay` from an initial rate of 0 with `warmup_target` the base rate, over all steps of the run. */
  cosine({ warmupEpochs, minLearningRate }, baseRate, { step, stepsPerEpoch, epochs }) {
    const warmupSteps = Math.round(warmupEpochs * stepsPerEpoch);
    if (step < warmupSteps) return (baseRate * step) / warmupSteps;
    const decaySteps = Math.max(1, stepsPerEpoch * epochs - warmupSteps);
    const done = Math.min(1, (step - warmupSteps) / decaySteps);
    return anneal(baseRate, Math.min(minLearningRate, baseRate), done);
  },

  /** PyTorch's `OneCycleLR` with its defaults: cosine, two phases, from max/25 over max down to max/250,000. */
  oneCycle({ maxLearningRate, warmupFraction }, _baseRate, { step, stepsPerEpoch, epochs }) {
    const lastStep = Math.max(1, stepsPerEpoch * epochs - 1);
    const peak = warmupFraction * (lastStep + 1) - 1;
    const start = maxLearningRate / 25;
    if (step <= peak) return anneal(start, maxLearningRate, peak === 0 ? 1 : step / peak);
    return anneal(maxLearningRate, start / 1e4, Math.min(1, (step - peak) / (lastStep - peak)));
  },

  reduceOnPlateau: (_config, baseRate, { plateau }) => plateau?.learningRate ?? baseRate,
};

/** The learning rate of one step. `baseRate` is the optimizer's. */
export function learningRateAt(schedule: ScheduleConfig, baseRate: number, position: SchedulePosition): number {
  // TypeScript does not follow that the rule found by `type` takes the config with that `type`.
  const rule = SCHEDULES[schedule.type] as Rule<ScheduleConfig['type']>;
  return rule(schedule, baseRate, position);
}

/** Half a cosine from one rate to another. */
function anneal(from: number, to: number, done: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * done))) / 2;
}

/** What reduce-on-plateau remembers between epochs: a function of the epochs so far. */
export interface PlateauState {
  readonly learningRate: number;
  readonly best: number | null;
  /** Epochs since the best one or the last drop. */
  readonly wait: number;
}

export function startPlateau(baseRate: number): PlateauState {
  return { learningRate: baseRate, best: null, wait: 0 };
}

type PlateauConfig = Extract<ScheduleConfig, { type: 'reduceOnPlateau' }>;

/**
 * The state after an epoch: the rate times `factor` (not below `minLearningRate`) when `patience` epochs in a row
 * brought no improvement (Keras' `ReduceLROnPlateau`). An epoch without validation changes nothing.
 */
export function updatePlateau(config: PlateauConfig, state: PlateauState, metrics: ValidationMetrics): PlateauState {
  const value = metrics[config.monitor];
  if (value === null) return state;
  if (improves(config.monitor, value, state.best, config.minDelta)) return { ...state, best: value, wait: 0 };
  const wait = state.wait + 1;
  if (wait < config.patience || state.learningRate <= config.minLearningRate) return { ...state, wait };
  const learningRate = Math.max(state.learningRate * config.factor, config.minLearningRate);
  return { ...state, learningRate, wait: 0 };
}
