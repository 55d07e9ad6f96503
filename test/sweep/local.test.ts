import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { BackendEvent } from '../../src/sweep/backend.js';
import { localBackend, planSlots } from '../../src/sweep/local.js';

it('a training that cannot go on stops the others, and nothing begins after it', async () => {
  const jobs = Array.from({ length: 6 }, (_, trial) => ({ trial, seed: 0, rung: 0 }));
  const begun: number[] = [];
  const stopped: number[] = [];
  const backend = localBackend(planSlots(2, 2, []), async ({ trial }, _slot, _tell, signal) => {
    begun.push(trial);
    if (trial === 0) throw new Error('the disk is full');
    await once(signal, 'abort');
    stopped.push(trial);
    return undefined;
  });
  const heard: BackendEvent[] = [];
  const listen = async () => {
    for await (const event of backend.run(jobs, new AbortController().signal)) heard.push(event);
  };
  await expect(listen()).rejects.toThrow('the disk is full');
  expect([begun, stopped]).toEqual([[0, 1], [1]]);
  expect(heard.map(({ event }) => event)).toEqual(['job_start', 'job_start']);
});
