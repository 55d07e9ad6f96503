import type { TrainingConfig } from '../../config/schema.js';
import type { EpochEnd } from '../contracts/events.js';

type Scores = Pick<EpochEnd, 'loss' | 'valLoss' | 'valAccuracy'>;

/**
 * Whether an epoch is better than all before it, by early stopping's metric or else by validation accuracy; without
 * validation by the training loss. Of equals the first is best.
 */
export function isBest(epoch: Scores, history: readonly Scores[], { earlyStopping }: TrainingConfig): boolean {
  const score = (scores: Scores) => {
    if (scores.valLoss === null || scores.valAccuracy === null) return -scores.loss;
    return earlyStopping?.monitor === 'valLoss' ? -scores.valLoss : scores.valAccuracy;
  };
  return history.every((earlier) => score(epoch) > score(earlier));
}

/** The epoch whose weights are the best, counted from 1. */
export function bestEpoch(history: readonly EpochEnd[]): EpochEnd | undefined {
  return history.findLast(({ best }) => best);
}
