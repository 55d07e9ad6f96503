import { SourceUnavailable } from './sources/source.js';

export interface DownloadOptions {
  /** More than this is refused. */
  readonly maxBytes: number;
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Tries after the first, for failures that pass: 5xx, a broken or stalled connection. */
  readonly retries?: number;
  /** Without a byte for so long, a connection counts as stalled. */
  readonly stallMs?: number;
}

/** Failures of the route to a host: they will not pass within a few retries, and meet every file alike. */
const NO_ROUTE: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EPERM',
  'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_RETRY_AFTER_MS = 500;

/** An answer that will be the same next time. */
class FinalAnswer extends Error {}

/**
 * A file over HTTP(S), through the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, NO_PROXY).
 *
 * @throws SourceUnavailable when there is no way to the host
 * @throws Error when the host answers but the file does not come
 */
export async function download(url: URL, options: DownloadOptions): Promise<Uint8Array> {
  const [{ EnvHttpProxyAgent }, { default: pRetry, AbortError }] = await Promise.all([
    import('undici'),
    import('p-retry'),
  ]);
  const stallMs = options.stallMs ?? 20_000;
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: stallMs,
    bodyTimeout: stallMs,
  });
  try {
    return await pRetry(
      async () => {
        try {
          return await fetchOnce(url, agent, options);
        } catch (error) {
          options.signal?.throwIfAborted();
          const readable = explain(error);
          throw readable instanceof SourceUnavailable || error instanceof FinalAnswer
            ? new AbortError(readable)
            : readable;
        }
      },
      {
        retries: options.retries ?? 2,
        minTimeout: FIRST_RETRY_AFTER_MS,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    );
  } finally {
    await agent.destroy();
  }
}

async function fetchOnce(
  url: URL,
  dispatcher: import('undici').Dispatcher,
  { maxBytes, onProgress, signal }: DownloadOptions,
): Promise<Uint8Array> {
  const { fetch } = await import('undici');
  const response = await fetch(url, { dispatcher, ...(signal === undefined ? {} : { signal }) });
  if (!response.ok || response.body === null) {
    const message = `HTTP ${response.status} ${response.statusText}`.trim();
    throw response.status >= 500 || response.status === 429 || response.status === 408
      ? new Error(message)
      : new FinalAnswer(message);
  }
  // A content encoding is undone on the way, so the announced length is not that of the bytes which arrive.
  const announced = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  const total = announced === null ? undefined : Number(announced);
  if (total !== undefined && total > maxBytes) throw new FinalAnswer(`announces ${total} bytes, too many`);

  const chunks: Uint8Array[] = [];
  let received = 0;
  onProgress?.(0, total);
  for await (const chunk of response.body) {
    received += chunk.length;
    if (received > maxBytes) throw new FinalAnswer(`sends more than ${maxBytes} bytes`);
    chunks.push(chunk);
    onProgress?.(received, total);
  }
  if (total !== undefined && received < total) throw new Error(`stopped after ${received} of ${total} bytes`);
  return Buffer.concat(chunks, received);
}

/** `fetch failed` says nothing: the reason is in its cause. */
function explain(error: unknown): Error {
  if (error instanceof FinalAnswer) return error;
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code = 'code' in e ? String(e.code) : '';
    if (NO_ROUTE.has(code)) return new SourceUnavailable(`no connection (${code})`, { cause: error });
    if (e.cause === undefined)
      return new Error(code && !e.message.includes(code) ? `${e.message} (${code})` : e.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
