import { promises as fs } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { DataError } from '../errors.js';
import { errorCode } from '../files/errors.js';

/** Types of what exports consist of; browsers insist on those of modules and WebAssembly. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** This machine alone: what is served is for whoever sits at it. */
const HOST = '127.0.0.1';

export interface ServedFolder {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder to this machine's browsers.
 *
 * @param port 0 for any that is free
 * @throws DataError when the port is taken
 */
export async function serveFolder(folder: string, port: number): Promise<ServedFolder> {
  const server = createServer(filesOf(path.resolve(folder)));
  await listening(server, port);
  // A server that listens on a port has an address of this kind.
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${chosen}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const reason = errorCode(error) === 'EADDRINUSE' ? 'something else listens there' : errorCode(error);
      reject(
        new DataError(`port ${port} cannot be used: ${reason}`, { hint: 'Choose another with --port.', cause: error }),
      );
    });
    server.listen(port, HOST, resolve);
  });
}

function filesOf(root: string): RequestListener {
  return async (request, response) => {
    const answer = (status: number, body: string | Uint8Array, type: string) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET\n', 'text/plain');
    const file = fileOf(root, request.url ?? '/');
    const bytes = file && (await fs.readFile(file).catch(() => undefined));
    if (!file || !bytes) return answer(404, 'there is no such file\n', 'text/plain');
    answer(200, bytes, TYPES[path.extname(file)] ?? 'application/octet-stream');
  };
}

/** The file of a path, which never lies outside the folder. */
function fileOf(root: string, url: string): string | undefined {
  try {
    const asked = decodeURIComponent(new URL(url, `http://${HOST}`).pathname);
    const file = path.join(root, asked.endsWith('/') ? `${asked}index.html` : asked);
    return file.startsWith(root + path.sep) && !file.includes('\0') ? file : undefined;
  } catch {
    return undefined;
  }
}
