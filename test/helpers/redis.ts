import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

/** Redis, or Valkey, as the machine has it. */
const PROGRAM = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Why tests that need a server are skipped; undefined where there is one. */
export const noRedis = PROGRAM === undefined ? 'there is no redis-server' : undefined;

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A connection of the test's own. */
  readonly client: Redis;
  start(): Promise<void>;
  /** Nothing of what it held is kept. */
  stop(): Promise<void>;
}

/** A server of the test's own on a free port of this machine, without anything on the disk. */
export async function testRedis({ password, port }: { password?: string; port?: number } = {}): Promise<TestRedis> {
  const own = port ?? (await freePort());
  const folder = temporaryFolder();
  const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${own}`;
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 100 });
  client.on('error', () => {});
  let child: ChildProcess | undefined;
  const server: TestRedis = {
    url,
    port: own,
    client,
    start: async () => {
      const secret = password === undefined ? [] : ['--requirepass', password];
      const flags = ['--port', `${own}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...secret];
      child = spawn(PROGRAM ?? '', flags, { stdio: 'ignore' });
      await client.ping();
    },
    stop: async () => {
      if (child === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      child = undefined;
    },
  };
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  return server;
}

export async function startedRedis(options?: Parameters<typeof testRedis>[0]): Promise<TestRedis> {
  const redis = await testRedis(options);
  await redis.start();
  return redis;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
