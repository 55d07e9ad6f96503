import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MirrorServer extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string;
  /** Paths asked for, in order. */
  readonly requests: string[];
}

/** The far end of the network: an HTTP server on this machine that answers as the test wants. */
export async function mirrorServer(answer: RequestListener): Promise<MirrorServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server's address is never a string.
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
