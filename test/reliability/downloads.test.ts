import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { killTree, startCli, until } from '../helpers/sweeps.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { hasTool } from '../helpers/tools.js';

const TOOLS = hasTool(/^pip3?$/) && hasTool(/^(g|c|clang)\+\+$/);
const SYSTEM = existsSync('/usr/share/datasets/fashion-mnist');

/** A network that takes connections and never answers. */
async function silence(): Promise<AsyncDisposable & { readonly url: string; readonly asked: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  let heard = () => {};
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    heard();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    asked: () =>
      new Promise((resolve) => {
        heard = resolve;
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What is not finished below a folder, by its name. */
function unfinished(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
  return names.filter((name) => path.basename(name).startsWith('.tmp-')).sort();
}

describe('what a download leaves that was killed', () => {
  test.for([
    { what: 'of the data', args: ['data'], skip: SYSTEM },
    { what: 'of the engine', args: ['setup', '--variant', 'cpu'], skip: !TOOLS },
  ])('($what) the next one removes at once, and nothing of one that still lives', async ({ args, skip }, context) => {
    context.skip(skip, 'nothing is downloaded here');
    await using network = await silence();
    const cache = temporaryFolder();
    const env = {
      ...{ XDG_CACHE_HOME: cache, HTTPS_PROXY: network.url, https_proxy: network.url, NO_PROXY: '', no_proxy: '' },
      ...{ npm_config_registry: network.url, PIP_INDEX_URL: network.url },
    };
    const start = async () => {
      const asked = network.asked();
      const running = startCli(cache, args, env);
      await Promise.race([asked, running.ended.then(() => Promise.reject(new Error(running.output.stderr)))]);
      return running;
    };
    const killed = await start();
    const left = unfinished(cache);
    expect(left.length).toBeGreaterThan(0);
    killTree(killed.child);
    await killed.ended;
    expect(unfinished(cache)).toEqual(left);
    // Its lock is given up after a quarter of a minute, which need not be waited for here.
    const lock = path.join(cache, 'fmnist', 'engines', '.lock');
    if (existsSync(lock)) utimesSync(lock, 0, 0);

    const next = await start();
    const own = unfinished(cache);
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((name) => left.includes(name))).toEqual([]);

    // The data are got by each for itself; one setup waits for the other.
    const beside = startCli(cache, args, env);
    const { output } = beside;
    await until('a third one is there', () => unfinished(cache).length > own.length || /waiting/.test(output.stderr));
    expect(unfinished(cache)).toEqual(expect.arrayContaining(own));

    for (const { child, ended } of [beside, next]) {
      child.kill('SIGINT');
      expect(await ended).toBe(130);
    }
    expect(unfinished(cache)).toEqual([]);
  });
});
