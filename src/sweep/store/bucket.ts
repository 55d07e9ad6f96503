import { createHash } from 'node:crypto';
import { createWriteStream, type promises as fs } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import { DataError } from '../../errors.js';
import { errorCode } from '../../files/errors.js';
import type { Outage } from '../outage.js';

/** A text in the bucket, with what names this version of it. */
export interface Stored {
  readonly text: string;
  readonly etag: string;
}

export interface BucketOptions {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
  readonly bucket: string;
  /** What all keys begin with: empty, or ending with a slash. */
  readonly prefix: string;
  /** For people. */
  readonly label: string;
  /** Hears that the server is away or back. */
  readonly outage: Outage;
  /** Ends the wait for a server that is away. */
  readonly signal: AbortSignal;
}

/** A server that is away is waited for, first so long, at last so long, between two tries. */
const WAIT_MS = { minTimeout: 250, maxTimeout: 3_000, factor: 2 };

/**
 * Objects in an S3 bucket, by their keys below a prefix. Every call waits for a server that does not answer.
 *
 * All of them throw DataError where the server refuses, or the signal ended the wait.
 */
export class Bucket {
  readonly #options: BucketOptions;

  constructor(options: BucketOptions) {
    this.#options = options;
  }

  get label(): string {
    return this.#options.label;
  }

  /** The same bucket, by keys below another prefix within this one's. */
  below(prefix: string): Bucket {
    return new Bucket({ ...this.#options, prefix: `${this.#options.prefix}${prefix}/` });
  }

  /** Undefined where there is none. */
  async read(key: string): Promise<Stored | undefined> {
    const { sdk, client } = this.#options;
    return this.#patiently(async () => {
      const found = await unlessMissing(client.send(new sdk.GetObjectCommand(this.#at(key))));
      return found && { text: (await found.Body?.transformToString()) ?? '', etag: found.ETag ?? '' };
    });
  }

  /**
   * Writes a text in place of the version that `etag` names, or where there is none yet.
   *
   * @returns what lies there then: this text, or the one that somebody else was faster with
   */
  async write(key: string, text: string, etag: string | undefined): Promise<Stored> {
    return this.#patiently(async () => {
      const written = await this.#tryWrite(key, text, etag);
      if (written !== undefined) return { text, etag: written };
      // An answer that was lost, and the same text written by somebody else, look alike and are.
      const there = await this.read(key);
      if (there !== undefined || etag !== undefined) return there ?? { text: '', etag: '' };
      throw new Vanished();
    });
  }

  /** Whether the server refuses to write what is there, when it is asked to: some do not know that. */
  async keepsFirst(key: string, text: string): Promise<boolean> {
    return (await this.#patiently(() => this.#tryWrite(key, text, undefined))) === undefined;
  }

  async #tryWrite(key: string, text: string, etag: string | undefined): Promise<string | undefined> {
    const { sdk, client } = this.#options;
    const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
    const command = new sdk.PutObjectCommand({ ...this.#at(key), Body: text, ...condition });
    const written = await client.send(command).catch((error: unknown) => {
      // The object that was to be replaced may be gone.
      if ([404, 412].includes(statusOf(error) ?? 0) && nameOf(error) !== 'NoSuchBucket') return undefined;
      throw error;
    });
    return written && (written.ETag ?? '');
  }

  /** Writes the first `size` bytes of an open file. */
  async upload(key: string, file: fs.FileHandle, size: number): Promise<void> {
    const { sdk, client } = this.#options;
    await this.#patiently(async () => {
      const Body = size === 0 ? '' : file.createReadStream({ start: 0, end: size - 1, autoClose: false });
      await client.send(new sdk.PutObjectCommand({ ...this.#at(key), Body, ContentLength: size }));
    });
  }

  /**
   * Writes an object to a file.
   *
   * @returns its SHA-256 in hexadecimal; undefined where there is no such object
   */
  async download(key: string, file: string): Promise<string | undefined> {
    const { sdk, client } = this.#options;
    return this.#patiently(async () => {
      const found = await unlessMissing(client.send(new sdk.GetObjectCommand(this.#at(key))));
      if (found === undefined) return undefined;
      const hash = createHash('sha256');
      await pipeline(found.Body as Readable, hashing(hash), createWriteStream(file));
      return hash.digest('hex');
    });
  }

  /** The keys that begin with this, without it. */
  async names(start: string): Promise<string[]> {
    const { sdk, client, bucket, prefix } = this.#options;
    const names: string[] = [];
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const page = await this.#patiently(() =>
        client.send(
          new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${start}`, ContinuationToken: token }),
        ),
      );
      names.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length + start.length)));
      token = page.NextContinuationToken;
    }
    return names;
  }

  async remove(keys: readonly string[]): Promise<void> {
    const { sdk, client } = this.#options;
    for (const key of keys) await this.#patiently(() => client.send(new sdk.DeleteObjectCommand(this.#at(key))));
  }

  #at(key: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: `${prefix}${key}` };
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { label, outage, signal } = this.#options;
    try {
      const done = await pRetry(work, {
        ...WAIT_MS,
        retries: Number.POSITIVE_INFINITY,
        shouldRetry: ({ error }) => isPassing(error) && !signal.aborted,
        onFailedAttempt: ({ error }) => {
          if (isPassing(error)) outage.tell(`does not answer (${reasonOf(error)}): waiting for it`);
        },
      });
      outage.over();
      return done;
    } catch (error) {
      if (isPassing(error)) throw new DataError(`${label} does not answer (${reasonOf(error)})`, { cause: error });
      throw statusOf(error) === undefined && nameOf(error) !== NO_CREDENTIALS ? error : refusal(label, error);
    }
  }
}

/** Somebody removed what was there a moment ago: the next try finds out. */
class Vanished extends Error {}

const NO_CREDENTIALS = 'CredentialsProviderError';

/** What is wrong for good: it tells no key, and no address but the bucket's. */
function refusal(label: string, error: unknown): DataError {
  const why: Readonly<Record<string, string>> = {
    [NO_CREDENTIALS]: 'there are no credentials for it',
    NoSuchBucket: 'there is no such bucket',
  };
  const name = nameOf(error);
  return new DataError(`${label}: ${why[name] ?? `the server refuses us (${name})`}`, {
    hint: 'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, but for Amazon, AWS_ENDPOINT_URL_S3.',
  });
}

/** Answers that will be others another time: too busy, something else was written at the same moment, a slow network. */
const PASSING = new Set([408, 409, 429]);
const NETWORK =
  /^(?:E(?:AI_AGAIN|CONNABORTED|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|PROTO|TIMEDOUT)|ERR_STREAM_PREMATURE_CLOSE)$/;

function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status >= 500 || PASSING.has(status) || nameOf(error) === 'RequestTimeout';
  return error instanceof Vanished || nameOf(error) === 'TimeoutError' || NETWORK.test(errorCode(error) ?? '');
}

function reasonOf(error: unknown): string {
  return errorCode(error) ?? nameOf(error);
}

/** Of the answer; undefined where there was none. */
function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  // What the library adds to its errors.
  return (metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  return request.catch((error: unknown) => {
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
    throw error;
  });
}

function hashing(hash: ReturnType<typeof createHash>) {
  return async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
}
