import type { Warning } from '../contracts/events.js';
import type { RunSettings } from '../contracts/settings.js';

/** What the settings ask for that waits for validation, where nothing is held out for it. */
export function unwatchedWarnings({ config, validation }: RunSettings, validationImages: number): Warning[] {
  if (validationImages > 0) return [];
  const { training, schedule } = config;
  const idle = [
    ...(training.earlyStopping === undefined ? [] : ['early stopping never stops this run']),
    ...(schedule.type === 'reduceOnPlateau' ? ['reduceOnPlateau never lowers the learning rate'] : []),
  ];
  const flag = validation === 'none' ? 'without --validation none' : 'with --validation-split 0.1';
  return idle.map((what) => ({
    message: `${what}: nothing is held out for validation`,
    hint: `Hold some images out, ${flag}, or leave it out of the config.`,
  }));
}
