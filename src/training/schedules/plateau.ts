import type { ScheduleConfig } from '../../config/schema.js';
import { improves, type ValidationMetrics } from './monitor.js';

/** What reduce-on-plateau remembers between epochs; plain JSON, so that a checkpoint can hold it. */
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
