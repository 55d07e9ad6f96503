import type { EngineInfo } from '../../engine/engine.js';
import type { Warning } from '../contracts/events.js';
import type { RunSettings } from '../contracts/settings.js';
import type { TrainingState } from '../contracts/state.js';
import { computedBy } from './progress.js';

/** Schedules whose every rate depends on how many epochs there are. */
const WHOLE_RUN = new Set<RunSettings['config']['schedule']['type']>(['cosine', 'oneCycle']);

/** Why a run that goes on may not end as the unbroken one would, bit for bit. */
export function resumeWarnings(saved: TrainingState, settings: RunSettings, engine: EngineInfo): Warning[] {
  return [...scheduleWarning(saved.settings, settings), ...engineWarning(saved.engine, engine)];
}

function scheduleWarning(saved: RunSettings, { config }: RunSettings): Warning[] {
  const { type } = config.schedule;
  const [before, now] = [saved.config.training.epochs, config.training.epochs];
  if (before === now) return [];
  const spanning = [
    ...(WHOLE_RUN.has(type) ? [`the ${type} schedule spans the whole run: from here on its learning rates are`] : []),
    ...(config.training.lookahead?.ramp ? ["lookahead's ramp spans the whole run: from here on its steps are"] : []),
  ];
  return spanning.map((what) => ({
    message: `${what} those of ${now} epochs, not of ${before}`,
    hint: `To train as a run of ${now} epochs from its first step, start a new one.`,
  }));
}

function engineWarning(before: TrainingState['engine'], engine: EngineInfo): Warning[] {
  if (before === undefined) return [];
  const describe = ({ name, device, threads, jitCompile, deterministic }: typeof before) =>
    `${name} on ${device} with ${threads} threads${jitCompile ? ', compiled by XLA' : ''}${deterministic === false ? ', not deterministic' : ''}`;
  const [then, now] = [describe(before), describe(computedBy(engine))];
  if (then === now) return [];
  return [{ message: `the run goes on with ${now}, and was begun with ${then}: sums may differ in their last digits` }];
}
