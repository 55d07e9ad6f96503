// What a queue takes of a Redis server: sweeps of made-up trials by 10, 100 and 1,000 workers against a server of its own.
// npm run bench:sweep -- [--workers 10,100,1000] [--milliseconds 20] [--jobs 20] [--seconds 60]
//
// The coordinator and the workers are those of `fmnist sweep run --redis` and `fmnist worker`, with their own connections;
// only the trials are made up: each waits for some milliseconds and tells two epochs. Everything runs on this machine, so
// that workers, coordinator and server share its cores.
import { fork, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { queueBackend } from '../build/sweep/queue/backend.js';
import { openServer } from '../build/sweep/queue/redis.js';
import { QUEUE } from '../build/sweep/queue/trial-job.js';
import { serveTrials } from '../build/sweep/queue/worker.js';

const VERSION = 'bench';
/** Node processes that the workers share. */
const PROCESSES = 4;
const EPOCH = { event: 'epoch_end', epoch: 1, epochs: 2, steps: 100, loss: 0.5, accuracy: 0.8, valLoss: 0.5 };
const epoch = (n) => ({
  ...EPOCH,
  epoch: n,
  valAccuracy: 0.8,
  learningRate: 0.001,
  msPerStep: 7,
  seconds: 9,
  best: true,
});

if (process.send === undefined) await compare();
else process.once('message', work);

async function compare() {
  const { values } = parseArgs({
    options: {
      workers: { type: 'string', default: '10,100,1000' },
      milliseconds: { type: 'string', default: '20' },
      jobs: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '60' },
    },
  });
  console.log(`trials of ${values.milliseconds} ms\n`);
  console.log(
    '| workers | trials | seconds | trials a second | hand-over, median | p99 | Redis, most | of it a queued trial | Redis CPU a trial |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const workers of values.workers.split(',').map(Number)) {
    const jobs = Math.min(10_000, Math.max(2_000, workers * Number(values.jobs)));
    const row = await simulate(workers, jobs, Number(values.milliseconds), Number(values.seconds) * 1000);
    console.log(`| ${row.join(' | ')} |`);
  }
}

async function simulate(workers, count, milliseconds, most) {
  const folder = mkdtempSync(join(tmpdir(), 'fmnist-bench-'));
  const port = await freePort();
  const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--maxclients', '5000'];
  const redis = spawn('redis-server', flags, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  const memory = async () => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))[1]);
  const cpu = async () => {
    const info = await client.info('cpu');
    return ['sys', 'user'].reduce(
      (sum, kind) => sum + Number(new RegExp(`^used_cpu_${kind}:(.*)`, 'm').exec(info)[1]),
      0,
    );
  };
  try {
    const empty = await memory();
    writeFileSync(join(folder, 'sweep.json'), '{}');
    // Results lie elsewhere in a real sweep; here each trial has one as soon as its end is told.
    const results = { names: async () => [], get: async (job) => ({ ...job, status: 'completed', score: 0.8 }) };
    const server = await openServer({ url, notify: console.error, signal: new AbortController().signal });
    const shared = { collect: async () => {} };
    const backend = queueBackend({ name: 'bench', folder, results }, shared, server, VERSION);
    const jobs = Array.from({ length: count }, (_, trial) => ({ trial, seed: 0, rung: 0 }));
    const stop = new AbortController();
    const queue = new Queue(QUEUE, { connection: client });
    // The whole sweep is queued before anybody works: what a trial takes in the server is seen then.
    await queue.pause();
    const ends = drain(backend.run(jobs, stop.signal));
    while ((await queue.count()) < count) await sleep(20);
    const perJob = ((await memory()) - empty) / count;
    const { processes, gaps } = await startWorkers(workers, url, milliseconds);
    const timer = setTimeout(() => stop.abort(), most);
    const [began, busy] = [performance.now(), await cpu()];
    await queue.resume();
    let peak = 0;
    const watch = setInterval(async () => (peak = Math.max(peak, await memory())), 200);
    const ended = await ends;
    const seconds = (ended.last - began) / 1000;
    const perTrial = ((await cpu()) - busy) / ended.count;
    clearInterval(watch);
    clearTimeout(timer);
    for (const child of processes) child.send('stop');
    const sorted = (await gaps).flat().toSorted((a, b) => a - b);
    const at = (share) => `${sorted[Math.floor(share * (sorted.length - 1))].toFixed(1)} ms`;
    await queue.close();
    server.close();
    return [
      workers,
      ended.count,
      seconds.toFixed(1),
      Math.round(ended.count / seconds),
      at(0.5),
      at(0.99),
      `${(peak / 1e6).toFixed(1)} MB`,
      `${Math.round(perJob)} B`,
      `${(perTrial * 1000).toFixed(2)} ms`,
    ];
  } finally {
    client.disconnect();
    redis.kill();
    await once(redis, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many trials ended, and when the last one did. */
async function drain(events) {
  const ended = { count: 0, last: 0 };
  for await (const { event } of events) {
    if (event !== 'job_end') continue;
    ended.count++;
    ended.last = performance.now();
  }
  return ended;
}

/** @returns when all of them wait for trials; `gaps` resolve when they were told to stop */
async function startWorkers(workers, url, milliseconds) {
  const processes = Array.from({ length: Math.min(PROCESSES, workers) }, () => fork(fileURLToPath(import.meta.url)));
  const next = (child) => once(child, 'message').then(([message]) => message);
  await Promise.all(
    processes.map((child, i) => {
      const share = (n) => Math.floor((workers * n) / processes.length);
      child.send({ workers: share(i + 1) - share(i), url, milliseconds });
      return next(child);
    }),
  );
  return { processes, gaps: Promise.all(processes.map(next)) };
}

/** A process of workers; tells how long each had nothing to do between two trials, in milliseconds. */
async function work({ workers, url, milliseconds }) {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const gaps = [];
  let ready = 0;
  const serve = async (_, i) => {
    const server = await openServer({ url, notify: console.error, signal: stop.signal });
    const name = `bench:${process.pid}/${i}`;
    let free;
    const train = async (job, slot, say) => {
      if (free !== undefined) gaps.push(performance.now() - free);
      for (const n of [1, 2]) {
        await sleep(milliseconds / 2);
        say({ event: 'job_epoch', job, worker: slot.name, epoch: epoch(n) });
      }
      free = performance.now();
      return { ...job, status: 'completed' };
    };
    const tell = ({ event }) => event === 'worker_ready' && ++ready === workers && process.send('ready');
    const slots = [{ name, threads: 1, gpu: undefined }];
    const options = {
      server,
      slots,
      name,
      version: VERSION,
      lostAfterMs: 30_000,
      openSweep: async () => train,
      tell,
    };
    await serveTrials(options, stop.signal);
    server.close();
  };
  process.once('message', () => stop.abort());
  await Promise.all(Array.from({ length: workers }, serve));
  process.send(gaps);
  process.disconnect();
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
