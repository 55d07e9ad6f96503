import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/random.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { noRedis, testRedis } from '../helpers/redis.js';
import { killTree, type Running, startCli, startWorker, studyFolder, studyResults, until } from '../helpers/sweeps.js';

beforeAll(nativeBinding);

/** FMNIST_TEST_STORM, as for the other storms: the whole of docs/reliability.md. */
const WHOLE = process.env.FMNIST_TEST_STORM !== undefined;
const STORM = WHOLE ? { rates: 12, workers: 3, blows: 12 } : { rates: 3, workers: 2, blows: 1 };

describe.skipIf(noRedis)('a sweep through a queue', () => {
  it(
    `of ${STORM.rates * 2} trials on ${STORM.workers} workers comes through ${STORM.blows} kills of workers, one of whoever runs it and an empty server`,
    async () => {
      const rates = Array.from({ length: STORM.rates }, (_, i) => 0.001 * 1.5 ** i);
      const sweep = { parameters: { 'optimizer.learningRate': rates, 'layers.0.filters': [4, 8] } };
      const calm = studyFolder(sweep);
      const undisturbed = await runCli(['sweep', 'run', 'study.json', '--device', 'cpu', '--workers', '1'], {
        cwd: calm,
      });
      expect(undisturbed.code, undisturbed.stderr).toBe(0);

      const cwd = studyFolder(sweep);
      const redis = await testRedis();
      await redis.start();
      const random = seededRandom(Number(process.env.FMNIST_TEST_SEED ?? 1), 'sweep-storm');
      const start = () => startCli(cwd, ['sweep', 'run', 'study.json', '--redis', redis.url, '--json']);
      const workers = Array.from({ length: STORM.workers }, () => startWorker(cwd, redis.url));
      const runs = [start()];
      const done = () => endsOf(runs).length;
      let kills = 0;
      const isOver = () => runs.at(-1)?.child.exitCode !== null;

      for (let blow = 0; blow < STORM.blows && !isOver(); blow++) {
        // All along the sweep, however fast it is.
        const due = Math.floor((blow * STORM.rates * 2) / (STORM.blows + 1));
        await until('the sweep is so far', () => done() >= due || isOver());
        await sleep(random.uniform(0, 2_000));
        const i = Math.floor(random.uniform(0, workers.length));
        const victim = workers[i] as Running;
        // A machine that is gone, or the worker alone: its trial then goes on without it for a while.
        if (blow % 2 === 0) killTree(victim.child);
        else victim.child.kill('SIGKILL');
        workers[i] = startWorker(cwd, redis.url);
        kills++;
        if (blow !== Math.floor(STORM.blows / 2)) continue;
        await until('some results', () => done() > 1);
        runs[0]?.child.kill('SIGKILL');
        const next = start();
        runs.push(next);
        await until('the sweep goes on', () => next.output.stdout.includes('rung_start'));
        await redis.stop();
        await until('the server is missed', () => next.output.stderr.includes('does not answer'));
        await redis.start();
      }
      const last = runs.at(-1) as Running;
      expect(await last.ended, last.output.stderr).toBe(0);
      expect(studyResults(cwd)).toEqual(studyResults(calm));
      const ends = endsOf(runs);
      expect(ends.length).toBeLessThanOrEqual(STORM.rates * 2);
      expect(new Set(ends).size).toBe(ends.length);
      expect(last.output.stderr).toContain('is back');
      // No job is left behind.
      expect(await redis.client.keys('bull:fmnist:study-*')).toEqual([]);
      if (WHOLE) console.log(`${kills} kills; told again: ${retries(runs)}; results: ${STORM.rates * 2}, all equal`);
    },
    WHOLE ? 1_800_000 : 240_000,
  );
});

/** How often a trial was told to go on elsewhere, or again. */
function retries(runs: readonly Running[]): number {
  return runs.reduce((sum, { output }) => sum + output.stdout.split('"job_retry"').length - 1, 0);
}

/** The trials whose end was told, in order. */
function endsOf(runs: readonly Running[]): number[] {
  return runs
    .flatMap(({ output }) => output.stdout.split('\n'))
    .filter((line) => line.includes('"job_end"') && line.endsWith('}'))
    .map((line) => JSON.parse(line).job.trial);
}
