import { SCHEDULERS } from '../sweep/schedulers.js';
import { type FlagTable, oneOf, text } from './define.js';
import { data, device, GROUPS } from './options.js';

/** A sweep, by position. */
export const sweepTarget = {
  describe: 'A sweep file, or the name or folder of a sweep that was begun',
  type: 'string',
  demandOption: true,
} as const;

/** `--sweeps-dir`: where the folders of sweeps lie. */
export const sweepsDir = {
  'sweeps-dir': { ...text('Folder of the sweeps'), group: GROUPS.output, default: 'sweeps' },
} as const satisfies FlagTable;

/** What a trial computes on and where its images come from: nothing that decides its result. */
export const trialMachine = {
  device: device.device,
  'data-dir': data['data-dir'],
  offline: data.offline,
} as const satisfies FlagTable;

/** Which scheduler a sweep is written for. */
export const scheduler = {
  for: { ...oneOf('for', 'The scheduler', SCHEDULERS), group: GROUPS.output, default: 'shell' },
} as const satisfies FlagTable;
