import path from 'node:path';
import { expect, it } from 'vitest';
import { openSweep } from '../../src/app/sweep/open.js';
import { makeResult } from '../../src/sweep/results.js';
import { summariseSweep } from '../../src/sweep/summary.js';
import { studyFolder } from '../helpers/sweeps.js';

it('a trial counts as eliminated when its rung is over and others went on, not before', async () => {
  const parameters = { 'optimizer.learningRate': [0.1, 0.2, 0.3, 0.4] };
  const cwd = studyFolder({ parameters, strategy: { type: 'halving', reduction: 2 } });
  const sweep = await openSweep(path.join(cwd, 'study.json'), path.join(cwd, 'sweeps'));
  const record = (trial: number, rung: number) => {
    const result = { ...makeResult(sweep.plan, { trial, seed: 0, rung }, []), score: trial };
    return sweep.results.record(result, result);
  };
  const statuses = async () =>
    Object.fromEntries((await summariseSweep(sweep)).trials.map(({ trial, status }) => [trial, status]));
  for (const trial of [0, 1, 2]) await record(trial, 0);
  expect(await statuses()).toEqual({ 0: 'pending', 1: 'pending', 2: 'pending', 3: 'pending' });
  await record(3, 0);
  expect(await statuses()).toEqual({ 0: 'eliminated', 1: 'eliminated', 2: 'pending', 3: 'pending' });
  for (const trial of [2, 3]) await record(trial, 1);
  expect(await statuses()).toEqual({ 0: 'eliminated', 1: 'eliminated', 2: 'completed', 3: 'completed' });
});
