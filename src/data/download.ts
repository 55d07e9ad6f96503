import type { Dispatcher } from 'undici';
import { FinalAnswer, isNoRoute, readable, Silence } from './download-errors.js';

export interface DownloadOptions {
  /** More than this is refused. */
  readonly maxBytes: number;
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Tries after the first, for failures that pass: 5xx, a broken or stalled connection. */
  readonly retries?: number;
  /** Without an answer for so long, there is no way to the host. */
  readonly answerMs?: number;
  /** Without a byte for so long, a download counts as stalled. */
  readonly stallMs?: number;
}

const FIRST_RETRY_AFTER_MS = 500;

/**
 * A file over HTTP(S), through the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, NO_PROXY).
 *
 * @throws {@link import('./sources/source.js').SourceUnavailable} when there is no way to the host, or it still fails after the retries
 * @throws Error when the host says that it will not give the file
 */
export async function download(url: URL, options: DownloadOptions): Promise<Uint8Array> {
  const [{ EnvHttpProxyAgent }, { default: pRetry, AbortError }] = await Promise.all([
    import('undici'),
    import('p-retry'),
  ]);
  // A plain-HTTP mirror is asked of the proxy directly: not every proxy tunnels to port 80.
  const agent = new EnvHttpProxyAgent({ proxyTunnel: false });
  try {
    return await pRetry(
      async () => {
        try {
          return await fetchOnce(url, agent, options);
        } catch (error) {
          options.signal?.throwIfAborted();
          const final = error instanceof FinalAnswer || isNoRoute(error);
          throw final ? new AbortError(readable(error)) : readable(error);
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

/** One try. A watchdog of its own covers every phase: undici reconnects for ever to a proxy that hangs up on CONNECT. */
async function fetchOnce(url: URL, dispatcher: Dispatcher, options: DownloadOptions): Promise<Uint8Array> {
  const { answerMs = 10_000, stallMs = 20_000, signal } = options;
  const silence = new AbortController();
  const watch = (code: Silence['code'], ms: number) => setTimeout(() => silence.abort(new Silence(code, ms)), ms);
  let timer = watch('NO_ANSWER', answerMs);
  const heard = () => {
    clearTimeout(timer);
    timer = watch('STALLED', stallMs);
  };
  try {
    const { fetch } = await import('undici');
    const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
    const response = await fetch(url, { dispatcher, signal: AbortSignal.any(signals) });
    heard();
    return await readBody(response, options, heard);
  } catch (error) {
    silence.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(
  response: import('undici').Response,
  { maxBytes, onProgress }: DownloadOptions,
  heard: () => void,
): Promise<Uint8Array> {
  if (!response.ok || response.body === null) {
    const message = `HTTP ${response.status} ${response.statusText}`.trim();
    const passing = response.status >= 500 || response.status === 429 || response.status === 408;
    throw passing ? new Error(message) : new FinalAnswer(message);
  }
  // A content encoding is undone on the way, so the announced length is not that of the bytes which arrive.
  const announced = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  const total = announced === null ? undefined : Number(announced);
  if (total !== undefined && total > maxBytes) throw new FinalAnswer(`announces ${total} bytes, too many`);

  const chunks: Uint8Array[] = [];
  let received = 0;
  onProgress?.(0, total);
  for await (const chunk of response.body) {
    heard();
    received += chunk.length;
    if (received > maxBytes) throw new FinalAnswer(`sends more than ${maxBytes} bytes`);
    chunks.push(chunk);
    onProgress?.(received, total);
  }
  return Buffer.concat(chunks, received);
}
