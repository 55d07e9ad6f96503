import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Queue } from 'bullmq';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openSweep } from '../../src/app/sweep/open.js';
import { packageVersion } from '../../src/package.js';
import type { BackendEvent } from '../../src/sweep/backend.js';
import type { RunJob } from '../../src/sweep/local.js';
import { queueBackend } from '../../src/sweep/queue/backend.js';
import { openServer, type QueueServer } from '../../src/sweep/queue/redis.js';
import { definitionHash, QUEUE } from '../../src/sweep/queue/trial-job.js';
import { serveTrials } from '../../src/sweep/queue/worker.js';
import { makeResult } from '../../src/sweep/results.js';
import { sharedFolder } from '../../src/sweep/store/store.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { installationWithout } from '../helpers/installation.js';
import { noRedis, startedRedis, type TestRedis, testRedis } from '../helpers/redis.js';
import { fill, smallDisk } from '../helpers/small-disk.js';
import { startCli, startWorker, studyFolder, studyResults, until } from '../helpers/sweeps.js';

beforeAll(nativeBinding);

const TWO = { parameters: { 'optimizer.learningRate': [0.001, 0.01] } };
const run = (cwd: string, url: string, ...args: string[]) =>
  startCli(cwd, ['sweep', 'run', 'study.json', '--redis', url, ...args]);

/** The queue as anybody who reaches the server can fill it. */
function queueOf({ client }: TestRedis): Queue {
  const queue = new Queue(QUEUE, { connection: client });
  onTestFinished(() => queue.close());
  return queue;
}

/** A job of the sweep `study`, begun in the folder. */
async function jobOf(cwd: string, over: object = {}): Promise<object> {
  const definition = await definitionHash(path.join(cwd, 'sweeps/study'));
  return { v: 1, fmnist: packageVersion(), sweep: 'study', definition, trial: 0, seed: 0, rung: 0, ...over };
}

describe.skipIf(noRedis)('a sweep through a queue', () => {
  it('has one result of a trial that two workers are handed, and it is the first', async () => {
    const cwd = studyFolder(TWO);
    await runCli(['sweep', 'plan', 'study.json'], { cwd });
    const redis = await startedRedis();
    const queue = queueOf(redis);
    const workers = [startWorker(cwd, redis.url), startWorker(cwd, redis.url)];
    await until('both wait', () => workers.every(({ output }) => output.stdout.includes('worker_ready')));
    const job = await jobOf(cwd);
    await queue.addBulk(['first', 'second'].map((jobId) => ({ name: 'study', data: job, opts: { jobId } })));
    const file = path.join(cwd, 'sweeps/study/results/trial0000-seed0-rung0.json');
    await until('a result', () => existsSync(file));
    const { ino, mtimeMs } = statSync(file);
    const ends = () => workers.filter(({ output }) => output.stdout.includes('"job_end"'));
    await until('both have ended it', () => ends().length === 2);
    expect(statSync(file)).toMatchObject({ ino, mtimeMs });
    expect(Object.keys(studyResults(cwd))).toHaveLength(1);
    const results = workers.map(({ output }) => /"result":(\{.*?\}\})/.exec(output.stdout)?.[1]);
    expect(results[0]).toBe(results[1]);
  });

  it('takes the trials of a worker that is stopped up where they were, and the worker ends', async () => {
    const cwd = studyFolder({ ...TWO, set: { 'training.epochs': 400 } });
    const redis = await startedRedis();
    const first = startWorker(cwd, redis.url);
    const sweep = run(cwd, redis.url, '--json');
    await until('an epoch', () => sweep.output.stdout.includes('job_epoch'));
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(143);
    // At once, without waiting until it counts as lost.
    expect(await queueOf(redis).getJobCounts('wait', 'active')).toEqual({ wait: 2, active: 0 });
    sweep.child.kill('SIGINT');
    expect(await sweep.ended).toBe(130);
    expect(await redis.client.keys('bull:fmnist:study-*')).toEqual([]);
  });

  it('never shows the password: not on the screen, in the trials, or in what is recorded', async () => {
    const cwd = studyFolder(TWO);
    const redis = await startedRedis({ password: 'geheim-7' });
    const env = { REDIS_URL: redis.url };
    const worker = startCli(cwd, ['worker', '--workers', '1', '--device', 'cpu'], env);
    const outcome = startCli(cwd, ['sweep', 'run', 'study.json', '--redis', '--json'], env);
    expect(await outcome.ended, outcome.output.stderr).toBe(0);
    const recorded = readdirSync(path.join(cwd, 'sweeps'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => String(readFileSync(path.join(entry.parentPath, entry.name))));
    expect(recorded.length).toBeGreaterThan(10);
    const shown = [worker, outcome].flatMap(({ output }) => [output.stdout, output.stderr]);
    expect([...recorded, ...shown].join('\n')).not.toContain('geheim-7');
  });

  it('waits for a server that is away at the start, and for a worker', async () => {
    const cwd = studyFolder(TWO);
    const redis = await testRedis();
    const sweep = run(cwd, redis.url);
    const worker = startWorker(cwd, redis.url);
    for (const { output } of [sweep, worker]) {
      await until('it says so', () =>
        output.stdout.concat(output.stderr).includes('does not answer (ECONNREFUSED): waiting'),
      );
    }
    await redis.start();
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
    expect(sweep.output.stdout).toContain('is back');
  });
});

describe.skipIf(noRedis)('a server that goes away at the very beginning', () => {
  it('is missed by nobody when it is back: trials are trained, told, and all ends', async () => {
    const cwd = studyFolder(TWO);
    const redis = await startedRedis();
    const stop = new AbortController();
    const open = async () => {
      const server = await openServer({ url: redis.url, notify: () => {}, signal: stop.signal });
      onTestFinished(() => server?.close());
      return server as QueueServer;
    };
    const sweep = await openSweep(path.join(cwd, 'study.json'), path.join(cwd, 'sweeps'));
    const [own, workers] = [await open(), await open()];
    await redis.stop();
    const told: BackendEvent[] = [];
    const train: RunJob = async (job) => {
      // Beginnings are heard through the server alone.
      const begun = (event: BackendEvent) => event.event === 'job_start' && event.job.trial === job.trial;
      await until('its beginning is heard', () => told.some(begun));
      const result = makeResult(sweep.plan, job, []);
      await sweep.results.record(job, result);
      return result;
    };
    const slots = [{ name: 'worker', threads: 1, gpu: undefined }];
    const options = { server: workers, slots, name: 'worker', version: '1', lostAfterMs: 30_000, tell: () => {} };
    const serving = serveTrials({ ...options, openSweep: async () => train }, stop.signal);
    const shared = await sharedFolder(path.join(cwd, 'sweeps')).share(sweep);
    const jobs = [0, 1].map((trial) => ({ trial, seed: 0, rung: 0 }));
    const telling = (async () => {
      for await (const event of queueBackend(sweep, shared, own, '1').run(jobs, stop.signal)) told.push(event);
    })();
    await redis.start();
    await telling;
    expect(told.map(({ event }) => event).toSorted()).toEqual(['job_end', 'job_end', 'job_start', 'job_start']);
    stop.abort();
    await serving;
  });
});

describe.skipIf(noRedis)('a queue that is not as it should be', () => {
  it.each([
    ['a wrong password', (url: string) => url.replace('//', '//:falsch@'), 'does not take the user or the password'],
    ['no password', (url: string) => url, 'wants a password'],
    ['a database that is not there', (url: string) => url.replace('//', '//:richtig@').concat('/99'), 'DB index'],
  ])('%s is told in one line, which shows no secret', async (_, urlOf, message) => {
    const cwd = studyFolder(TWO);
    const redis = await startedRedis({ password: 'richtig' });
    const url = urlOf(redis.url.replace(':richtig@', ''));
    for (const args of [['worker'], ['sweep', 'run', 'study.json', '--redis']]) {
      const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd, env: { REDIS_URL: url } });
      expect(code).toBe(2);
      expect(stderr).toContain(message);
      expect(stdout + stderr).not.toMatch(/falsch|richtig/);
    }
  });

  it.each([
    ['no URL', ['--redis', 'http://:geheim@x'], {}, '--redis must be a URL like redis://HOST:6379'],
    ['a variable that is none', [], { REDIS_URL: 'geheim' }, 'REDIS_URL must be a URL'],
    ['nothing', [], {}, 'REDIS_URL is not set'],
  ])('%s is no server', async (_, args, env, message) => {
    const { code, stderr } = await runCli(['worker', ...args], { env: { REDIS_URL: '', ...env } });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('geheim');
  });

  it('a server that would throw jobs away when it is full is refused', async () => {
    const redis = await startedRedis();
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const { code, stderr } = await runCli(['worker', '--redis', redis.url]);
    expect(code).toBe(2);
    expect(stderr).toContain('throws jobs away when it is full (maxmemory-policy allkeys-lru)');
  });

  it('a full server is waited for, by whoever runs the sweep and by workers', async () => {
    const cwd = studyFolder(TWO);
    const redis = await startedRedis();
    const isFull = (full: boolean) => redis.client.config('SET', 'maxmemory', full ? '1' : '0');
    await isFull(true);
    const sweep = run(cwd, redis.url);
    await until('it says so', () => sweep.output.stdout.includes('is full (maxmemory): waiting'));
    await isFull(false);
    await until('the trials are there', async () => (await queueOf(redis).getWaitingCount()) === 2);
    await isFull(true);
    const worker = startWorker(cwd, redis.url);
    await until('it says so', () => worker.output.stderr.includes('is full (maxmemory): waiting'));
    await isFull(false);
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
  });

  it('poisoned jobs are refused in one line each, and the worker goes on', async () => {
    const cwd = studyFolder(TWO);
    await runCli(['sweep', 'plan', 'study.json'], { cwd });
    const redis = await startedRedis();
    const queue = queueOf(redis);
    const poison = [
      ['foreign', await jobOf(cwd, { v: 99 })],
      ['hostile', await jobOf(cwd, { sweep: '../../etc' })],
      ['nowhere', await jobOf(cwd, { sweep: 'nowhere' })],
      ['other', await jobOf(cwd, { definition: 'f'.repeat(64) })],
      ['beyond', await jobOf(cwd, { trial: 1e9 })],
      ['garbage', {}],
    ] as const;
    await queue.addBulk(poison.map(([jobId, data]) => ({ name: 'study', data, opts: { jobId } })));
    await redis.client.hset(queue.toKey('garbage'), 'data', '{not JSON');
    const worker = startWorker(cwd, redis.url);
    for (const [name] of poison) await until(name, () => worker.output.stderr.includes(`job ${name} is refused: `));
    const said = worker.output.stderr.split('\n');
    const reasonOf = (name: string) => said.filter((line) => line.startsWith(`job ${name} is refused`)).join('\n');
    expect(reasonOf('foreign')).toContain('it is no trial of a sweep (v: ');
    expect(reasonOf('hostile')).toContain('sweep: must be letters, digits, _ -');
    expect(reasonOf('nowhere')).toContain('there is no sweep "nowhere" in ');
    expect(reasonOf('other')).toContain('is another one of that name');
    expect(reasonOf('beyond')).toContain('the sweep has 2');
    expect(reasonOf('garbage')).toContain('it is no trial of a sweep');
    const sweep = run(cwd, redis.url);
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
  });

  it('a worker of another version gives the trial back and ends; the sweep says so and goes on', async () => {
    const cwd = studyFolder(TWO);
    await runCli(['sweep', 'plan', 'study.json'], { cwd });
    const redis = await startedRedis();
    await queueOf(redis).add('study', await jobOf(cwd, { fmnist: '9.9.9' }), { jobId: 'newer' });
    const worker = startWorker(cwd, redis.url);
    expect(await worker.ended).toBe(2);
    expect(worker.output.stderr).toContain('the sweep study is of fmnist 9.9.9, this worker of ');
    expect(await queueOf(redis).getJobState('newer')).toBe('waiting');
  });

  it('a worker with another engine than the sweep began with gives the trial back and ends', async () => {
    const cwd = studyFolder(TWO);
    const first = await runCli(['sweep', 'trial', 'study.json', '--index', '0', '--device', 'cpu'], { cwd });
    expect(first.code, first.stderr).toBe(0);
    const redis = await startedRedis();
    run(cwd, redis.url);
    const worker = startCli(cwd, ['worker', '--redis', redis.url, '--workers', '1', '--device', 'cpu-js']);
    expect(await worker.ended).toBe(4);
    expect(worker.output.stderr).toMatch(/the sweep computes with .*, and this machine with tfjs/);
    expect(Object.keys(studyResults(cwd))).toHaveLength(1);
  });

  it('of two sweeps of one name the workers serve the one that they have, and the other is told', async () => {
    const [here, there] = [studyFolder(TWO), studyFolder({ ...TWO, limit: 200 })];
    await runCli(['sweep', 'plan', 'study.json'], { cwd: here });
    const redis = await startedRedis();
    startWorker(here, redis.url);
    const other = run(there, redis.url);
    expect(await other.ended).toBe(3);
    expect(other.output.stderr).toMatch(/a worker cannot take trial000\d-seed0-rung0: .*another one of that name/);
    const sweep = run(here, redis.url);
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
  });

  it('a worker whose clock is wrong says by how much, and ends', async () => {
    const redis = await startedRedis();
    const wrong = 'data:text/javascript,const now = Date.now; Date.now = () => now() + 300000;';
    const { code, stderr } = await runCli(['worker', '--redis', redis.url], { node: ['--import', wrong] });
    expect(code).toBe(3);
    expect(stderr).toMatch(/this machine's clock is (299|30\d) s ahead of that of redis at/);
  });

  it('a worker whose disk is full gives its trial to others, and ends', async (context) => {
    const cwd = studyFolder(TWO);
    const disk = smallDisk(context, 1);
    await runCli(['sweep', 'plan', 'study.json'], { cwd });
    cpSync(path.join(cwd, 'sweeps'), path.join(disk.folder, 'sweeps'), { recursive: true });
    fill(path.join(disk.folder, 'filler'));
    const redis = await startedRedis();
    const full = startWorker(disk.folder, redis.url);
    await until('it waits', () => full.output.stdout.includes('worker_ready'));
    const sweep = run(cwd, redis.url);
    expect(await full.ended).toBe(3);
    expect(full.output.stderr).toContain('a trial cannot be trained here: ');
    expect(full.output.stderr).toContain('ENOSPC');
    startWorker(cwd, redis.url);
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
    expect(sweep.output.stdout).toMatch(/gave trial000\d-seed0-rung0 back: a trial cannot be trained here/);
  });

  it('needs two packages that nobody else has to install, and says how', async () => {
    const cwd = installationWithout('bullmq');
    const fmnist = spawnSync(process.execPath, ['bin/fmnist.js', 'worker', '--redis', 'redis://x'], { cwd });
    expect(fmnist.status).toBe(4);
    expect(String(fmnist.stderr)).toContain('need the packages bullmq and ioredis, which are not installed');
    expect(String(fmnist.stderr)).toContain('npm install bullmq ioredis');
  });
});
