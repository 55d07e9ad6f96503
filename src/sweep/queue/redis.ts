import type { Redis, RedisOptions } from 'ioredis';
import { DataError, EngineError, UsageError } from '../../errors.js';
import { errorCode } from '../../files/errors.js';
import { Outage } from '../outage.js';

/** A Redis or Valkey server that answers. */
export interface QueueServer {
  readonly bullmq: typeof import('bullmq');
  readonly client: Redis;
  /** Host and port; the URL itself may hold a password, and is told nobody. */
  readonly label: string;
  /** Tells of what went wrong with the server, once for as long as it lasts. */
  report(error: unknown): void;
  close(): void;
}

export interface ServerOptions {
  readonly url: string;
  /** Hears what a person should know: the server is away, back, full. */
  notify(message: string): void;
  /** Ends the wait for a server that is away. */
  readonly signal: AbortSignal;
}

/** @throws UsageError for what is no URL of a server; it does not show it */
export function requireServerUrl(url: string, source: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '') return url;
  // yargs drops the hint of a flag's error.
  throw new UsageError(`${source} must be a URL like redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6379/0`);
}

/** Answers that will be the same the next time: waiting does not help. */
const REFUSALS = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH|DB index))/;

/** Before a connection is tried again. */
const RETRY_MS = { first: 250, most: 5_000 };

/**
 * Waits until the server answers, however long it is away.
 *
 * @returns undefined when the signal ended the wait
 * @throws EngineError where the packages are missing; UsageError where the server refuses us, or would lose jobs
 */
export async function openServer({ url, notify, signal }: ServerOptions): Promise<QueueServer | undefined> {
  const { bullmq, ioredis } = await loadPackages();
  const { hostname, port } = new URL(url);
  const label = `${hostname}:${port || 6379}`;
  const copies: Redis[] = [];
  // BullMQ opens connections of its own like this one, and does not close those that are not open yet. None is lazy: the
  // first try would then be the last where the server has just gone away.
  class Connection extends ioredis.Redis {
    override duplicate(options?: Partial<RedisOptions>): Redis {
      const copy = super.duplicate(options);
      copies.push(copy);
      return copy;
    }
  }
  const client = new Connection(url, {
    // A command waits for the server as long as it takes.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(RETRY_MS.first * 2 ** (attempt - 1), RETRY_MS.most),
  });
  const report = outageReporter(label, client, notify);
  client.on('error', report);
  try {
    if (!(await isReady(client, label, signal))) return undefined;
    await requireNoEviction(client, label);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  const close = () => {
    for (const connection of [client, ...copies]) connection.disconnect();
  };
  return { bullmq, client, label, report, close };
}

/** They are some 16 MB that few users need: whoever wants a queue installs them. */
async function loadPackages() {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (cause) {
    if (errorCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new EngineError('sweeps over Redis need the packages bullmq and ioredis, which are not installed', {
      hint: 'npm install bullmq ioredis (with --global where fmnist is installed so)',
      cause,
    });
  }
}

function isReady(client: Redis, label: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      client.off('ready', ready).off('error', failed);
      signal.removeEventListener('abort', stopped);
      settle();
    };
    const ready = () => end(() => resolve(true));
    const stopped = () => {
      client.disconnect();
      end(() => resolve(false));
    };
    const failed = (error: Error) => {
      if (REFUSALS.test(error.message)) end(() => reject(refusal(label, error)));
    };
    client.on('ready', ready).on('error', failed);
    signal.addEventListener('abort', stopped);
    if (signal.aborted) stopped();
  });
}

/** ioredis' errors hold the command with its arguments, the password among them: none is handed on. */
function refusal(label: string, { message }: Error): UsageError {
  const why = message.startsWith('NOAUTH')
    ? 'wants a password'
    : /^(?:WRONGPASS|ERR invalid password|ERR AUTH)/.test(message)
      ? 'does not take the user or the password that it was given'
      : `refuses us: ${message.split('\n', 1)[0]}`;
  return new UsageError(`redis at ${label} ${why}`, {
    hint: 'Set REDIS_URL to redis://USER:PASSWORD@HOST:PORT/DATABASE.',
  });
}

/** @throws UsageError for a server that throws keys away when it is full: jobs would vanish without a word */
async function requireNoEviction(client: Redis, label: string): Promise<void> {
  // A user of the server that may not ask has to know.
  const info = await client.info('memory').catch(() => '');
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  if (policy === 'noeviction') return;
  throw new UsageError(`redis at ${label} throws jobs away when it is full (maxmemory-policy ${policy})`, {
    hint: 'Set it to noeviction: redis-cli config set maxmemory-policy noeviction',
  });
}

/** Beyond this the age of a run's lock on a shared disk says nothing. */
const MOST_SKEW_MS = 60_000;

/** @throws DataError where this machine's clock and the server's are too far apart */
export async function requireSameClock({ client, label }: QueueServer): Promise<void> {
  const asked = Date.now();
  const [seconds, microseconds] = (await client.time()).map(Number);
  const there = (seconds ?? 0) * 1000 + (microseconds ?? 0) / 1000;
  const skew = (asked + Date.now()) / 2 - there;
  if (Math.abs(skew) <= MOST_SKEW_MS) return;
  const how = skew > 0 ? 'ahead of' : 'behind';
  throw new DataError(
    `this machine's clock is ${Math.round(Math.abs(skew) / 1000)} s ${how} that of redis at ${label}`,
    {
      hint: 'Set the clocks (e.g. by NTP): whether a run is still being trained elsewhere is told by its age.',
    },
  );
}

/** Whether an error says that the server has no memory left. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.includes('OOM command not allowed');
}

/** What follows when the server has lost a job, or given it to another worker: nothing is lost by it. */
const CONSEQUENCES = /^(?:Missing (?:lock|key) for job|could not renew lock|Job \S+ is not in the active state)/;

/** Whether an error is the server's, and what it stopped may be tried again. */
export function isServerError(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'ReplyError' || LOST_CONNECTION.test(error.message));
}

const LOST_CONNECTION = /^(?:Connection is closed|Socket closed|Stream isn't writeable)/;

function outageReporter(label: string, client: Redis, notify: (message: string) => void): (error: unknown) => void {
  const outage = new Outage(`redis at ${label}`, notify);
  client.on('ready', () => outage.over());
  return (error) => {
    const { message } = error instanceof Error ? error : new Error(String(error));
    if (REFUSALS.test(message) || CONSEQUENCES.test(message)) return;
    if (isFull(error)) outage.tell('is full (maxmemory): waiting until there is room');
    else if (errorCode(error) !== undefined || LOST_CONNECTION.test(message))
      outage.tell(`does not answer (${errorCode(error) ?? 'connection lost'}): waiting for it`);
    else outage.tell(`says: ${message.split('\n', 1)[0]}`);
  };
}
