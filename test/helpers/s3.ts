import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { pythonWith } from './python.js';
import { freePort } from './redis.js';

/** One request at a time: what is asked and what is written are then one step, as they are in a real S3. */
const SERVE = `
import os, sys
from werkzeug.serving import run_simple
from moto.server import DomainDispatcherApplication, create_backend_app
run_simple('127.0.0.1', int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
`;

/** Moto's server, which speaks S3 over HTTP and knows conditional writes. */
const python = pythonWith({
  environment: 's3',
  install: { 'moto[s3]': '5.2.5', flask: '3.1.3', 'flask-cors': '6.0.5' },
  imports: ['moto', 'flask', 'flask_cors'],
});

/** Why tests that need a bucket are skipped; undefined where there is one. */
export const noS3 = python === undefined ? 'moto cannot be installed' : undefined;

export interface TestS3 {
  /** Of a bucket that is there. */
  readonly url: string;
  /** For whoever is to reach it, with a secret that is nowhere else. */
  readonly env: Readonly<Record<string, string>>;
  /** What names the version of each object, by its key. */
  objects(): Promise<ReadonlyMap<string, string>>;
  /** Breaks every connection, and takes none until it is mended. */
  cut(): void;
  mend(): void;
}

export const SECRET = 'geheim-8';

/** @param strict whether it looks at who asks, from the second request on: nobody is known to it */
export async function testS3({ strict = false } = {}): Promise<TestS3> {
  const port = await freePort();
  const env = { ...process.env, ...(strict && { INITIAL_NO_AUTH_ACTION_COUNT: '1' }) };
  const server = spawn(python ?? '', ['-c', SERVE, String(port)], { stdio: 'ignore', env });
  const line = await openLine(port);
  onTestFinished(async () => {
    line.close();
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });
  await answers(port);
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: SECRET };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket: 'studies' }));
  return {
    url: 's3://studies/tests',
    env: {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${line.port}`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SECRET,
    },
    objects: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'studies' }));
      return new Map(Contents.map(({ Key = '', ETag = '' }) => [Key, ETag]));
    },
    cut: line.cut,
    mend: line.mend,
  };
}

async function answers(port: number): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const answer = await fetch(`http://127.0.0.1:${port}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error('moto does not start');
  }
}

/** A line to a port of this machine that can be cut. */
async function openLine(port: number) {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: () => {
      whole = false;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      whole = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
