import type { EarlyStoppingConfig } from '../../config/schema.js';
import type { EpochEnd } from '../contracts/events.js';
import { improves, type ValidationMetrics } from './monitor.js';

/** What early stopping remembers between epochs: a function of the epochs so far. */
export interface EarlyStoppingState {
  readonly best: number | null;
  /** Epoch of the best metric, counted from 1; 0 before the first. */
  readonly bestEpoch: number;
  /** Epochs since the best one. */
  readonly wait: number;
  readonly stop: boolean;
}

export const EARLY_STOPPING_START: EarlyStoppingState = { best: null, bestEpoch: 0, wait: 0, stop: false };

/**
 * The state after an epoch (counted from 1): `stop` when `patience` epochs in a row brought no improvement, but
 * never after the first (Keras' `EarlyStopping`). An epoch without validation changes nothing.
 */
export function afterEpoch(
  config: EarlyStoppingConfig,
  state: EarlyStoppingState,
  epoch: number,
  metrics: ValidationMetrics,
): EarlyStoppingState {
  const value = metrics[config.monitor];
  if (value === null) return state;
  if (improves(config.monitor, value, state.best, config.minDelta)) {
    return { best: value, bestEpoch: epoch, wait: 0, stop: false };
  }
  const wait = state.wait + 1;
  return { ...state, wait, stop: wait >= config.patience && epoch > 1 };
}

/** The state after these epochs. */
export function earlyStopping(config: EarlyStoppingConfig, history: readonly EpochEnd[]): EarlyStoppingState {
  return history.reduce((before, end) => afterEpoch(config, before, end.epoch, end), EARLY_STOPPING_START);
}
