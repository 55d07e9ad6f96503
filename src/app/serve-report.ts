import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Context } from '../context.js';
import { FmnistError, UsageError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { renderPage } from '../report/html/page.js';
import { type ReportRequest, report } from './report.js';

const HOST = '127.0.0.1';
/** How often the runs are looked at. */
const LOOK_EVERY_MS = 2_000;

export interface ServeRequest extends Omit<ReportRequest, 'now'> {
  /** 0 for any that is free. */
  readonly port: number;
  /** Hears the address once the report can be had. */
  readonly onAddress: (address: string) => void;
}

/**
 * Serves the report of runs that go on, to this machine alone, until it is told to stop. Whoever does not know the
 * address, which holds a random token, gets nothing; nor does a page elsewhere that makes the browser ask under its own
 * name (DNS rebinding).
 *
 * @throws UsageError for a port in use
 */
export async function serveReport(request: ServeRequest, context: Context): Promise<void> {
  const made = async () => report({ ...request, now: new Date() }, context);
  const token = randomBytes(16).toString('hex');
  let page = await renderPage(await made(), { events: `/${token}/events` });
  const readers = new Set<ServerResponse>();
  const server = createServer((asked, answer) => {
    if (!isOurs(asked, server, token)) answer.writeHead(403, { 'content-type': 'text/plain' }).end('forbidden\n');
    else if (asked.url === `/${token}/`) sendPage(answer, page);
    else if (asked.url === `/${token}/events`) follow(asked, answer, readers);
    else answer.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  });
  await listen(server, request.port);
  const { signal, release } = context.interrupts.hold(() => {});
  try {
    request.onAddress(`http://${HOST}:${portOf(server)}/${token}/`);
    let shown = contents(page);
    while (!signal.aborted) {
      await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      const next = await newest(made, token);
      if (next === undefined || contents(next) === shown) continue;
      [page, shown] = [next, contents(next)];
      for (const reader of readers) reader.write('event: report\ndata: new\n\n');
    }
  } finally {
    release();
    for (const reader of readers) reader.end();
    server.close();
    server.closeAllConnections();
  }
}

/** A run that is being written may be unreadable for a moment: the last report stays. */
async function newest(
  made: () => Promise<Parameters<typeof renderPage>[0]>,
  token: string,
): Promise<string | undefined> {
  try {
    return await renderPage(await made(), { events: `/${token}/events` });
  } catch (error) {
    if (error instanceof FmnistError) return undefined;
    throw error;
  }
}

/** The page but for the time it was made at. */
function contents(page: string): string {
  return page.replace(/"made":"[^"]*"/, '').replace(/<time datetime=[\s\S]*?<\/time>/, '');
}

function isOurs({ headers, url = '' }: IncomingMessage, server: Server, token: string): boolean {
  const port = portOf(server);
  const host = headers.host === `${HOST}:${port}` || headers.host === `localhost:${port}`;
  const given = Buffer.from(url.slice(1, 1 + token.length));
  return host && given.length === token.length && timingSafeEqual(given, Buffer.from(token));
}

function sendPage(answer: ServerResponse, page: string): void {
  answer
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    .end(page);
}

function follow(asked: IncomingMessage, answer: ServerResponse, readers: Set<ServerResponse>): void {
  answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  answer.write(': following\n\n');
  readers.add(answer);
  asked.on('close', () => readers.delete(answer));
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const reason = errorCode(cause) === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${errorCode(cause)})`;
      reject(new UsageError(`port ${port} ${reason}`, { hint: 'Name another with --port, or leave it out.', cause }));
    });
    server.listen(port, HOST, resolve);
  });
}

function portOf(server: Server): number {
  // It listens on a port, not on a pipe.
  return (server.address() as AddressInfo).port;
}
