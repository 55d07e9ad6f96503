import type { EarlyStoppingConfig, ModelConfig } from '../../config/schema.js';
import type { EpochEnd } from '../contracts/events.js';
import { afterEpoch, EARLY_STOPPING_START } from './early-stopping.js';
import { startPlateau, updatePlateau } from './plateau.js';
import { learningRateAt, type SchedulePosition } from './schedules.js';

/** Whether early stopping ends the run after these epochs. */
export function shouldStopEarly(config: EarlyStoppingConfig, history: readonly EpochEnd[]): boolean {
  const state = history.reduce((before, end) => afterEpoch(config, before, end.epoch, end), EARLY_STOPPING_START);
  return state.stop;
}

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
