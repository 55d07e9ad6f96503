import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import path from 'node:path';
import { Queue } from 'bullmq';
import { beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { packageVersion } from '../../src/package.js';
import { definitionHash, QUEUE } from '../../src/sweep/queue/trial-job.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { installationWithout } from '../helpers/installation.js';
import { noRedis, startedRedis } from '../helpers/redis.js';
import { noS3, SECRET, type TestS3, testS3 } from '../helpers/s3.js';
import { fill, smallDisk } from '../helpers/small-disk.js';
import { killTree, startCli, startWorker, studyFolder, studyResults, until } from '../helpers/sweeps.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const ONE = { parameters: { 'optimizer.learningRate': [0.001] } };

/** A sweep without a common folder: whoever runs it, and workers wherever they are. */
async function scattered(sweep: object) {
  const [redis, s3] = await Promise.all([startedRedis(), testS3()]);
  const cwd = studyFolder(sweep);
  return {
    redis,
    s3,
    cwd,
    run: (...args: string[]) =>
      startCli(cwd, ['sweep', 'run', 'study.json', '--redis', redis.url, '--store', s3.url, ...args], s3.env),
    worker: (folder: string) => startWorker(folder, redis.url, { flags: ['--store', s3.url], env: s3.env }),
  };
}

describe.skipIf(noRedis ?? noS3)('a sweep whose machines share a bucket', () => {
  it('goes on elsewhere from the last checkpoint when a machine is gone, and ends as at home, to the byte', async () => {
    const long = {
      parameters: { 'optimizer.learningRate': [0.001, 0.01] },
      limit: 3000,
      set: { 'training.epochs': 30 },
    };
    const home = studyFolder(long);
    const undisturbed = runCli(['sweep', 'run', 'study.json', '--device', 'cpu', '--workers', '1'], { cwd: home });
    const { s3, cwd, run, worker } = await scattered(long);
    const [here, there] = [temporaryFolder(), temporaryFolder()];
    const sweep = run('--json');
    const first = worker(here);
    const begun = await cutWhileTraining(s3);
    killTree(first.child);
    s3.mend();
    const second = worker(there);
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
    expect((await undisturbed).code).toBe(0);
    expect(studyResults(cwd)).toEqual(studyResults(home));
    const epochs = second.output.stdout
      .split('\n')
      .filter((line) => line.includes(`job_epoch","job":{"trial":${begun}`));
    expect(JSON.parse(epochs[0] ?? '{}').epoch.epoch).toBeGreaterThan(1);

    // What is needed no more is not there, neither in the bucket nor where trials were trained.
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(143);
    expect(readdirSync(path.join(there, 'sweeps'))).toEqual([]);
    const checkpoints = [...(await s3.objects()).keys()].filter((key) => key.includes('/runs/'));
    expect(checkpoints.length).toBeLessThan(30);
    // The best one's run is with whoever runs the sweep, and can be tested there.
    const finish = await runCli(['sweep', 'finish', 'study', '--device', 'cpu', '--json'], { cwd });
    expect(finish.code, finish.stderr).toBe(0);
    const shown = [sweep, first, second].flatMap(({ output }) => [output.stdout, output.stderr]);
    expect([...shown, ...contents(cwd), ...contents(here)].join('\n')).not.toContain(SECRET);
  });

  it('waits for a server that is away in the middle, says so, and loses nothing', async () => {
    const { s3, cwd, run, worker } = await scattered(ONE);
    const sweep = run();
    const trains = worker(temporaryFolder());
    await until('a trial is begun', () => trains.output.stdout.includes('job_start'));
    s3.cut();
    for (const { output } of [trains, sweep]) {
      await until('it says so', () =>
        /s3:\S+ does not answer \(.*\): waiting for it/.test(output.stderr + output.stdout),
      );
    }
    s3.mend();
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
    expect(sweep.output.stdout).toContain('s3://studies/tests is back');
    expect(Object.keys(studyResults(cwd))).toHaveLength(1);
  });

  it('has one result of a trial that two workers are handed, and one run', async () => {
    const { redis, s3, cwd, run, worker } = await scattered(ONE);
    const sweep = run('--json');
    await until('it is known', async () => (await s3.objects()).has('tests/study/sweep.json'));
    const queue = new Queue(QUEUE, { connection: redis.client });
    onTestFinished(() => queue.close());
    const definition = await definitionHash(path.join(cwd, 'sweeps/study'));
    const job = { v: 1, fmnist: packageVersion(), sweep: 'study', definition, trial: 0, seed: 0, rung: 0 };
    await queue.add('study', job, { jobId: 'again' });
    const workers = [worker(temporaryFolder()), worker(temporaryFolder())];
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
    const ends = () => workers.flatMap(({ output }) => output.stdout.match(/.*"job_end","job":\{"trial":0.*/g) ?? []);
    await until('both have ended it', () => ends().length === 2);
    const [one, other] = ends().map((line) => JSON.parse(line).result);
    expect(one).toEqual(other);
    expect([...(await s3.objects()).keys()].filter((key) => key.includes('/results/'))).toHaveLength(1);
  });

  it('gives a trial to others when a worker has no room for it', async (context: TestContext) => {
    const { cwd, run, worker } = await scattered(ONE);
    const disk = smallDisk(context, 1);
    fill(path.join(disk.folder, 'filler'));
    const full = worker(disk.folder);
    await until('it waits', () => full.output.stdout.includes('worker_ready'));
    const sweep = run();
    expect(await full.ended).toBe(3);
    expect(full.output.stderr).toContain('ENOSPC');
    worker(temporaryFolder());
    expect(await sweep.ended, sweep.output.stderr).toBe(0);
    expect(sweep.output.stdout).toMatch(/gave trial0000-seed0-rung0 back: .*ENOSPC/);
    expect(Object.keys(studyResults(cwd))).toHaveLength(1);
  });
});

describe.skipIf(noRedis ?? noS3)('a bucket that is not as it should be', () => {
  it('is told in one line, which shows no secret', async () => {
    const [redis, s3] = await Promise.all([startedRedis(), testS3({ strict: true })]);
    const cwd = studyFolder(ONE);
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true', HOME: cwd };
    const tries = [
      ['another scheme', 'https://:geheim-8@studies', {}, '--store must name a bucket like s3://BUCKET'],
      ['no bucket', 's3://', {}, '--store must name a bucket like s3://BUCKET'],
      ['a secret in it', 's3://AKIA:geheim-8@studies', {}, '--store must name a bucket like s3://BUCKET'],
      ['wrong credentials', s3.url, {}, 's3://studies/tests: the server refuses us (InvalidAccessKeyId)'],
      ['no credentials', s3.url, nobody, 's3://studies/tests: there are no credentials for it'],
    ] as const;
    const outcomes = tries.map(async ([, store, env]) =>
      runCli(['worker', '--redis', redis.url, '--store', store], { cwd, env: { ...s3.env, ...env } }),
    );
    for (const [i, { code, stdout, stderr }] of (await Promise.all(outcomes)).entries()) {
      const [what, , , message] = tries[i] ?? [];
      expect([what, code, stderr]).toEqual([what, 2, expect.stringContaining(String(message))]);
      expect(stdout + stderr).not.toContain('geheim');
    }
  });

  it('has no place for a sweep: it is not there, or has another of that name', async () => {
    const { redis, s3, run } = await scattered(ONE);
    const none = await runCli(['worker', '--redis', redis.url, '--store', 's3://nowhere'], { env: s3.env });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('s3://nowhere: there is no such bucket')]);
    run();
    await until('it is known', async () => (await s3.objects()).has('tests/study/sweep.json'));
    const other = await runCli(['sweep', 'run', 'study.json', '--redis', redis.url, '--store', s3.url], {
      cwd: studyFolder({ ...ONE, limit: 200 }),
      env: s3.env,
    });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('there is another sweep "study" in s3://studies/tests');
  });

  it('is refused where a later result would replace the first', async () => {
    const [redis, s3] = await Promise.all([startedRedis(), testS3()]);
    const endpoint = await withoutConditions(s3.env.AWS_ENDPOINT_URL_S3 ?? '');
    const { code, stderr } = await runCli(['sweep', 'run', 'study.json', '--redis', redis.url, '--store', s3.url], {
      cwd: studyFolder(ONE),
      env: { ...s3.env, AWS_ENDPOINT_URL_S3: endpoint },
    });
    expect(code).toBe(3);
    expect(stderr).toContain('the server of s3://studies/tests knows no conditional writes');
  });

  it('needs a package that nobody else has to install, and says how', async () => {
    const redis = await startedRedis();
    const script = path.join(installationWithout('@aws-sdk'), 'bin/fmnist.js');
    const { code, stderr } = await runCli(['worker', '--redis', redis.url, '--store', 's3://studies'], { script });
    expect(code).toBe(4);
    expect(stderr).toContain('npm install @aws-sdk/client-s3');
  });
});

it('a bucket has no effect on a sweep that this machine trains', async () => {
  const { code, stderr } = await runCli(['sweep', 'run', 'study.json', '--store', 's3://studies']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--store has no effect')]);
});

/** Cuts the line to the bucket while a trial has been saved there at least twice, and has no result. @returns the trial */
async function cutWhileTraining(s3: TestS3): Promise<number> {
  const saves = [new Set<string>(), new Set<string>()];
  const halfDone = async () => {
    const objects = await s3.objects();
    return saves.findIndex((seen, trial) => {
      const run = objects.get(`tests/study/runs/trial000${trial}-seed0.json`);
      if (run !== undefined) seen.add(run);
      return seen.size > 1 && !objects.has(`tests/study/results/trial000${trial}-seed0-rung0.json`);
    });
  };
  let trial = -1;
  await until('a trial is half done', async () => {
    if ((await halfDone()) < 0) return false;
    s3.cut();
    // It may have ended before.
    trial = await halfDone();
    if (trial < 0) s3.mend();
    return trial >= 0;
  });
  return trial;
}

/** Every file of a folder. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => String(readFileSync(path.join(entry.parentPath, entry.name))));
}

/** The same server as one that has never heard of conditional writes. */
async function withoutConditions(endpoint: string): Promise<string> {
  const server = createServer((incoming, answer) => {
    const { 'if-none-match': _, ...headers } = incoming.headers;
    const onwards = request(`${endpoint}${incoming.url}`, { method: incoming.method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(answer);
    });
    incoming.pipe(onwards);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
