import type { Context } from '../context.js';
import { UsageError } from '../errors.js';
import { requireServerUrl } from '../sweep/queue/redis.js';
import { SCHEDULERS } from '../sweep/schedulers.js';
import { requireStoreUrl } from '../sweep/store/url.js';
import { type FlagTable, ifPresent, oneOf, text, wholeNumber } from './define.js';
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

/** `--workers`: how many trials share a machine. */
export const workers = {
  workers: {
    ...wholeNumber('workers', 'Trials at the same time', { min: 1, max: 1024 }),
    group: GROUPS.engine,
    defaultDescription: 'one a GPU, else one for each two cores',
  },
} as const satisfies FlagTable;

/**
 * `--redis`: the server through which workers get trials. Its URL may hold a password, so that no message shows it, and
 * REDIS_URL is the better place for it.
 */
export const redis = {
  redis: {
    describe: 'URL of a Redis or Valkey server, through which workers elsewhere get the trials; REDIS_URL when empty',
    type: 'string',
    group: GROUPS.engine,
    coerce: ifPresent((value) => (value === '' ? '' : requireServerUrl(String(value), '--redis'))),
  },
} as const satisfies FlagTable;

/** `--store`: what machines without a common folder share. Credentials have no place in it. */
export const store = {
  store: {
    describe: 'Bucket that all machines share in place of a folder: s3://BUCKET/PREFIX',
    type: 'string',
    group: GROUPS.output,
    coerce: ifPresent((value) => requireStoreUrl(String(value))),
    requiresArg: true,
  },
} as const satisfies FlagTable;

/**
 * The URL that `--redis` or REDIS_URL names.
 *
 * @param warn is told of a password that everybody on this machine can see
 * @throws UsageError where there is none
 */
export function serverUrl(flag: string, { argv, env, warn }: Pick<Context, 'argv' | 'env' | 'warn'>): string {
  if (flag === '') {
    const url = env.REDIS_URL?.trim() ?? '';
    if (url !== '') return requireServerUrl(url, 'REDIS_URL');
    throw new UsageError('there is no server: REDIS_URL is not set', {
      hint: 'Or name one: --redis redis://HOST:6379',
    });
  }
  if (new URL(flag).password !== '' && argv.some((word) => word.includes(flag))) {
    warn('a password on the command line is seen by everybody on this machine: put the URL into REDIS_URL');
  }
  return flag;
}
