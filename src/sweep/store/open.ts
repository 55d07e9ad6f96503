import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { DataError, EngineError, UsageError } from '../../errors.js';
import { errorCode } from '../../files/errors.js';
import { clearOwnedFolders } from '../../files/owned-folder.js';
import { Outage } from '../outage.js';
import { Bucket } from './bucket.js';
import { WORKPLACE } from './keys.js';
import { shareSweep } from './sharing.js';
import { type Store, sharedFolder } from './store.js';
import { openStoredSweep } from './training.js';
import { bucketOf } from './url.js';

export interface StoreOptions {
  /** `s3://BUCKET/PREFIX`, as `requireStoreUrl` lets it through; the folder of the sweeps without. */
  readonly url: string | undefined;
  /** With a bucket, where a worker's trials lie while they are trained. */
  readonly sweepsDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears what a person should know: the server is away, or back. */
  notify(message: string): void;
  /** Ends the wait for a server that is away. */
  readonly signal: AbortSignal;
}

/**
 * The folder that machines share, or the bucket: its endpoint, region and credentials come from where the tools of S3 have
 * them. Waits until its server answers.
 *
 * @returns undefined when the signal ended the wait
 * @throws EngineError where the package is missing; UsageError where the server refuses us, or has no such bucket
 */
export async function openStore({ url, sweepsDir, env, notify, signal }: StoreOptions): Promise<Store | undefined> {
  if (url === undefined) return sharedFolder(sweepsDir);
  const sdk = await loadPackage();
  const { name, prefix } = bucketOf(url);
  const label = url.replace(/\/$/, '');
  const client = await makeClient(sdk, env);
  const end = new AbortController();
  const bucket = new Bucket({
    sdk,
    client,
    bucket: name,
    prefix,
    label,
    outage: new Outage(label, notify),
    signal: AbortSignal.any([signal, end.signal]),
  });
  try {
    await bucket.names('.');
  } catch (error) {
    client.destroy();
    if (signal.aborted) return undefined;
    if (error instanceof DataError)
      throw new UsageError(error.message, { ...(error.hint !== undefined && { hint: error.hint }), cause: error });
    throw error;
  }
  await clearOwnedFolders(sweepsDir, WORKPLACE);
  return {
    label,
    share: (sweep) => shareSweep(bucket, sweep),
    open: (sweep) => openStoredSweep(bucket, sweep, sweepsDir),
    close: async () => {
      end.abort();
      client.destroy();
    },
  };
}

/** Some 22 MB that few users need: whoever wants a bucket installs it. */
async function loadPackage() {
  // It would tell users of Node 20 what only its own next versions need, and hears of that by this alone.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    if (errorCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new EngineError('--store s3:// needs the package @aws-sdk/client-s3, which is not installed', {
      hint: 'npm install @aws-sdk/client-s3 (with --global where fmnist is installed so)',
      cause,
    });
  }
}

/** A connection that takes longer, or an answer of which nothing comes for so long, will not come. */
const TIMEOUT_MS = { connectionTimeout: 10_000, socketTimeout: 60_000 };

async function makeClient(sdk: typeof import('@aws-sdk/client-s3'), env: StoreOptions['env']) {
  const options: S3ClientConfig = {
    // Servers other than Amazon's rarely have a host name for each bucket, and not all know the newer checksums.
    forcePathStyle: (env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL) !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: TIMEOUT_MS,
  };
  const client = new sdk.S3Client(options);
  // Servers other than Amazon's do not care.
  const hasRegion = await client.config.region().then(
    () => true,
    () => false,
  );
  return hasRegion ? client : new sdk.S3Client({ ...options, region: 'us-east-1' });
}
