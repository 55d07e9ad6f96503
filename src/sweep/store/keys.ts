import { type Job, jobId } from '../plan.js';

/** How the folders begin that workers have for their trials. */
export const WORKPLACE = '.trial-';

/** Where a sweep's parts lie in its bucket, below the sweep's name. */
export const DEFINITION = 'sweep.json';
export const ENGINE = 'engine.json';
export const RESULTS = 'results/';

export function resultKey(job: Job): string {
  return `${RESULTS}${jobId(job)}.json`;
}
