import type { TrainingConfig } from '../../config/schema.js';
import type { EpochEnd } from '../contracts/events.js';

/** The validation metrics that early stopping and schedules watch; null when nothing was validated. */
export type ValidationMetrics = Pick<EpochEnd, 'valLoss' | 'valAccuracy'>;
export type Monitor = keyof ValidationMetrics;

/**
 * Whether a metric is better than the best by more than minDelta: lower for losses, higher for accuracies, as
 * Keras' `MonitorCallback`. Any number improves on none; NaN never improves.
 */
export function improves(monitor: Monitor, value: number, best: number | null, minDelta: number): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  return monitor === 'valLoss' ? value + minDelta < best : value - minDelta > best;
}

type Metrics = ValidationMetrics & Pick<EpochEnd, 'loss'>;

/**
 * Whether an epoch is better than all before it, by early stopping's metric or else by validation accuracy; without
 * validation by the training loss. Of equals the first is best.
 */
export function isBest(epoch: Metrics, history: readonly Metrics[], { earlyStopping }: TrainingConfig): boolean {
  const merit = ({ loss, valLoss, valAccuracy }: Metrics) => {
    if (valLoss === null || valAccuracy === null) return -loss;
    return earlyStopping?.monitor === 'valLoss' ? -valLoss : valAccuracy;
  };
  return history.every((earlier) => merit(epoch) > merit(earlier));
}

/** The epoch whose weights are the best. */
export function bestEpoch(history: readonly EpochEnd[]): EpochEnd | undefined {
  return history.findLast(({ best }) => best);
}
