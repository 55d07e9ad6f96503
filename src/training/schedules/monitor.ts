/** The validation metrics that callbacks watch; null when nothing was validated. */
export interface ValidationMetrics {
  readonly valLoss: number | null;
  readonly valAccuracy: number | null;
}

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
