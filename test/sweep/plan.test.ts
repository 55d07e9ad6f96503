import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { DATASETS } from '../../src/datasets/registry.js';
import { modelInput } from '../../src/datasets/spec.js';
import { UsageError } from '../../src/errors.js';
import { readSweepFile } from '../../src/sweep/definition.js';
import { type Job, jobId, pendingJobs, planSweep, ranking } from '../../src/sweep/plan.js';
import { sweepJsonSchema, sweepSchema } from '../../src/sweep/schema.js';
import { gridPoint, gridSize, randomPoint } from '../../src/sweep/space.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const base = loadConfig('conv-pool');
const INPUT = modelInput(DATASETS['fashion-mnist']);

function plan(sweep: object) {
  return planSweep(sweepSchema.parse(sweep), base, INPUT, 'study.json');
}

/** Runs a sweep on a made-up metric of (trial, epochs) and tells what was trained. */
function simulate(planned: ReturnType<typeof plan>, metric: (trial: number, epochs: number) => number) {
  const scores = new Map<string, number | undefined>();
  const epochs = new Map<string, number>();
  let last: Job[] = [];
  for (let jobs = pendingJobs(planned, scores); jobs.length > 0; jobs = pendingJobs(planned, scores)) {
    for (const job of jobs) {
      const until = planned.rungs[job.rung]?.epochs ?? 0;
      epochs.set(`${job.trial}/${job.seed}`, until);
      scores.set(jobId(job), metric(job.trial, until));
    }
    last = jobs;
  }
  const best = last.toSorted(
    (a, b) => (scores.get(jobId(b)) as number) - (scores.get(jobId(a)) as number) || a.trial - b.trial,
  )[0];
  return { winner: best?.trial, epochs: [...epochs.values()].reduce((a, b) => a + b, 0) };
}

it('a grid visits every combination once, the last parameter fastest', () => {
  const planned = plan({ parameters: { 'layers.0.filters': [8, 16], 'optimizer.learningRate': [0.1, 0.01, 0.001] } });
  expect(planned.trials).toBe(6);
  expect(planned.point(0)).toEqual({ 'layers.0.filters': 8, 'optimizer.learningRate': 0.1 });
  expect(planned.point(1)).toEqual({ 'layers.0.filters': 8, 'optimizer.learningRate': 0.01 });
  expect(new Set(Array.from({ length: 6 }, (_, i) => JSON.stringify(planned.point(i)))).size).toBe(6);
  expect(planned.config(5).optimizer.learningRate).toBe(0.001);
  expect(planned.config(5).layers[0]).toMatchObject({ filters: 16 });
});

it('ranges with steps make a grid, ends included, on their own scale', () => {
  const { parameters } = sweepSchema.parse({
    parameters: {
      a: { type: 'logUniform', min: 0.001, max: 0.1, steps: 3 },
      b: { type: 'uniform', min: 0, max: 1, steps: 5 },
      c: { type: 'integer', min: 3, max: 4 },
    },
  });
  expect(gridSize(parameters)).toBe(30);
  expect(gridPoint(parameters, 0)).toEqual({ a: 0.001, b: 0, c: 3 });
  expect(gridPoint(parameters, 29)).toEqual({ a: 0.1, b: 1, c: 4 });
  expect(gridPoint(parameters, 10)).toMatchObject({ a: 0.01 });
});

it('random points stay in their ranges, and the same seed draws the same ones', () => {
  const { parameters } = sweepSchema.parse({
    parameters: {
      rate: { type: 'logUniform', min: 1e-4, max: 0.1 },
      units: { type: 'integer', min: 8, max: 16 },
      kind: ['x', 'y'],
    },
  });
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e4), (seed, index) => {
      const point = randomPoint(parameters, seed, index);
      expect(point).toEqual(randomPoint(parameters, seed, index));
      expect(point.rate).toBeGreaterThanOrEqual(1e-4);
      expect(point.rate).toBeLessThanOrEqual(0.1);
      expect(Number.isInteger(point.units)).toBe(true);
      expect(['x', 'y']).toContain(point.kind);
    }),
  );
});

it('halving over 27 trials finds the winner of the full grid at less than 45 % of its epochs', () => {
  const parameters = { 'optimizer.learningRate': { type: 'logUniform', min: 1e-4, max: 0.1, steps: 27 } };
  const set = { 'training.epochs': 27 };
  // A learning curve: each trial nears its own ceiling.
  const metric = (trial: number, epochs: number) => 0.9 - Math.abs(trial - 17) / 100 - 0.5 / (epochs + 1);
  const grid = simulate(plan({ parameters, set }), metric);
  const halving = simulate(plan({ parameters, set, strategy: { type: 'halving' } }), metric);
  expect(grid).toEqual({ winner: 17, epochs: 27 * 27 });
  expect(halving.winner).toBe(17);
  expect(halving.epochs).toBeLessThan(0.45 * grid.epochs);
});

it('a failed trial goes no further, and the order of results changes nothing', () => {
  const parameters = { 'layers.0.filters': [4, 8, 12, 16, 20, 24] };
  const planned = plan({ parameters, set: { 'training.epochs': 4 }, strategy: { type: 'halving', reduction: 2 } });
  const metric = (trial: number) => (trial === 5 ? undefined : trial);
  const jobs = pendingJobs(planned, new Map());
  const entries = jobs.map((job) => [jobId(job), metric(job.trial)] as const);
  fc.assert(
    fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
      expect(pendingJobs(planned, new Map(shuffled)).map(({ trial }) => trial)).toEqual([4, 3, 2]);
    }),
  );
});

it('several seeds a trial are runs of their own, whose mean counts', () => {
  const planned = plan({
    parameters: { 'layers.0.filters': [4, 8] },
    seeds: 2,
    set: { 'training.epochs': 4 },
    strategy: { type: 'halving', reduction: 2 },
  });
  const values = new Map([
    ['0/0', 0.9],
    ['0/1', 0.1],
    ['1/0', 0.6],
    ['1/1', 0.6],
  ]);
  const jobs = pendingJobs(planned, new Map());
  expect(jobs).toHaveLength(4);
  const scores = new Map(jobs.map((job) => [jobId(job), values.get(`${job.trial}/${job.seed}`)]));
  expect(pendingJobs(planned, scores).map(({ trial }) => trial)).toEqual([1, 1]);
});

const ONE_CYCLE = { 'schedule.type': 'oneCycle', 'schedule.maxLearningRate': 0.1 };

it.each([
  [{ parameters: { 'optimizer.learningRat': [1] } }, 'Did you mean "learningRate"'],
  [{ parameters: { 'layers.40.filters': [1] } }, 'layers is a list of'],
  [{ parameters: { 'optimizer.learningRate': [0.1, 'high'] } }, '= "high"'],
  [{ parameters: { 'optimizer.learningRate': { type: 'uniform', min: 0.1, max: 0.2 } } }, 'a grid needs "steps"'],
  [
    { set: ONE_CYCLE, parameters: { 'optimizer.learningRate': [0.1, 0.2] } },
    'parameters["optimizer.learningRate"] = 0.2: optimizer.learningRate does nothing: the rate of oneCycle is schedule.maxLearningRate',
  ],
  [
    { set: { ...ONE_CYCLE, 'optimizer.learningRate': 0.1 }, parameters: { 'layers.0.filters': [4] } },
    'optimizer.learningRate does nothing',
  ],
  [
    {
      parameters: {
        'layers.0.filters': { type: 'integer', min: 1, max: 1000 },
        'layers.2.filters': { type: 'integer', min: 1, max: 1000 },
        'training.batchSize': { type: 'integer', min: 1, max: 1000 },
      },
    },
    '1,000,000,000 points',
  ],
])('refuses %j', (sweep, message) => {
  try {
    plan(sweep);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect([error.message, ...error.problems].join('\n')).toContain(message);
  }
});

it('says of each parameter that cannot be what it must be', () => {
  const file = path.join(temporaryFolder(), 'bad.json');
  const uniform = { type: 'uniform', min: 0, max: 'one', step: 2 };
  const parameters = { a: '32', b: [], c: { type: 'unifrom', min: 0, max: 1 }, d: uniform, e: { values: [1] } };
  const problemsOf = (sweep: unknown) => {
    writeFileSync(file, JSON.stringify(sweep));
    try {
      readSweepFile(file, () => expect.unreachable());
    } catch (error) {
      if (error instanceof UsageError) return error.problems;
    }
    throw new Error('no problems');
  };
  const types = 'choice, uniform, logUniform, integer';
  expect(problemsOf({ model: 'conv', parameters, strategy: 'random' })).toEqual([
    'parameters.a: must be a list […] or an object {…}, but is "32"',
    'parameters.b: must hold at least 1, but is []',
    `parameters.c.type: must be one of ${types}, but is "unifrom". Did you mean "uniform"?`,
    'parameters.d.max: must be a number, but is "one"',
    'parameters.d.step: unknown key. Did you mean "steps"?',
    `parameters.e.type: is missing; it must be one of ${types}`,
    'strategy: must be an object {…}, but is "random". Did you mean { "type": "random" }?',
  ]);
  expect(problemsOf({ model: 'conv' })).toEqual(['parameters: is missing; it must be an object {…}']);
});

it('schema/sweep.json is what the code takes (else: npm run schema)', async () => {
  await expect(`${JSON.stringify(sweepJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../schema/sweep.json');
});

it('ranks what did not fail: the best of the rung before where a whole rung did, nobody where all did', () => {
  const planned = plan({
    parameters: { 'optimizer.learningRate': { type: 'logUniform', min: 1e-4, max: 0.1 } },
    strategy: { type: 'halving', trials: 4, reduction: 2 },
    set: { 'training.epochs': 2 },
  });
  const scores = new Map<string, number | undefined>();
  expect(ranking(planned, scores)).toBeUndefined();
  const accuracies = [0.5, 0.7, undefined, 0.6];
  for (const [trial, accuracy] of accuracies.entries()) scores.set(jobId({ trial, seed: 0, rung: 0 }), accuracy);
  expect(ranking(planned, scores)).toEqual([1, 3, 0]);
  for (const trial of [1, 3]) scores.set(jobId({ trial, seed: 0, rung: 1 }), undefined);
  expect(ranking(planned, scores)).toEqual([0]);
  scores.set(jobId({ trial: 3, seed: 0, rung: 1 }), 0.1);
  expect(ranking(planned, scores)).toEqual([3]);
  for (const job of scores.keys()) scores.set(job, undefined);
  expect(ranking(planned, scores)).toEqual([]);
});

it('opens a sweep that an older version began over a rate that does nothing', () => {
  const begun = sweepSchema.parse({ set: ONE_CYCLE, parameters: { 'optimizer.learningRate': [0.1, 0.2] } });
  expect(planSweep(begun, base, INPUT, 'study', true).trials).toBe(2);
});
