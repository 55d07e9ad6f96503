import { promises as fs } from 'node:fs';
import path from 'node:path';
import { DataError, UsageError } from '../../errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { definitionFile, type OpenedSweep } from '../definition.js';
import { type Job, jobId, runName } from '../plan.js';
import { decodeResult, encodeResult, type Result } from '../results.js';
import type { Bucket } from './bucket.js';
import { agreeOnEngine, bringEngine } from './engine.js';
import { DEFINITION, RESULTS, resultKey } from './keys.js';
import { onDisk } from './on-disk.js';
import type { SharedSweep } from './store.js';
import { StoredRun } from './stored-run.js';

/** Results that are brought at the same time. */
const AT_ONCE = 8;

/**
 * Makes a sweep known through a bucket.
 *
 * @throws UsageError where another one has its name there; DataError where the server would let two results of a trial be;
 *   EngineError where trainings here computed with another engine than those there
 */
export async function shareSweep(root: Bucket, sweep: OpenedSweep): Promise<SharedSweep> {
  const bucket = root.below(sweep.name);
  const definition = await fs.readFile(definitionFile(sweep.folder), 'utf8');
  const { text } = await bucket.write(DEFINITION, definition, undefined);
  if (text !== definition) {
    throw new UsageError(`there is another sweep "${sweep.name}" in ${root.label}`, {
      hint: 'Give this one another "name", or name another --store.',
    });
  }
  if (!(await bucket.keepsFirst(DEFINITION, definition))) {
    throw new DataError(`the server of ${root.label} knows no conditional writes`, {
      hint: 'It takes "If-None-Match: *" and overwrites all the same: a trial could have two results. Take another server.',
    });
  }
  await agreeOnEngine(bucket, sweep.folder);
  return new BucketsSweep(bucket, sweep);
}

class BucketsSweep implements SharedSweep {
  readonly #bucket: Bucket;
  readonly #sweep: OpenedSweep;
  /** What is being brought, so that it is brought once. */
  readonly #underway = new Map<string, Promise<void>>();

  constructor(bucket: Bucket, sweep: OpenedSweep) {
    this.#bucket = bucket;
    this.#sweep = sweep;
  }

  async collect(jobs: readonly Job[]): Promise<void> {
    const [only] = jobs;
    if (only === undefined) return;
    if (jobs.length === 1) return this.#once(jobId(only), () => this.#bring(only));
    await this.#once('all', () => this.#bringAll(jobs));
  }

  async record(job: Job, result: Result): Promise<void> {
    await this.#bucket.write(resultKey(job), encodeResult(result), undefined);
    await this.collect([job]);
  }

  async #bringAll(jobs: readonly Job[]): Promise<void> {
    const there = new Set(await this.#bucket.names(RESULTS));
    const left = jobs.filter((job) => there.has(`${jobId(job)}.json`));
    const bring = async () => {
      for (let job = left.pop(); job !== undefined; job = left.pop()) await this.collect([job]);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, bring));
  }

  async #bring(job: Job): Promise<void> {
    const { results, folder } = this.#sweep;
    if ((await results.get(job)) !== undefined) return;
    const stored = await this.#bucket.read(resultKey(job));
    if (stored === undefined) return;
    const result = decodeResult(stored.text, `${this.#bucket.label}/${resultKey(job)}`);
    await onDisk(folder, async () => {
      await this.#bringRun(runName(job));
      await bringEngine(this.#bucket, folder);
      await results.record(job, result);
    });
  }

  async #bringRun(name: string): Promise<void> {
    const { runsDir } = this.#sweep;
    const coming = path.join(runsDir, `.${name}`);
    await fs.rm(coming, { recursive: true, force: true });
    await makeFolder(coming);
    await new StoredRun(this.#bucket, name).fetch(coming);
    // It may have failed before it had anything.
    if ((await fs.readdir(coming)).length === 0) return fs.rmdir(coming);
    await fs.rm(path.join(runsDir, name), { recursive: true, force: true });
    await fs.rename(coming, path.join(runsDir, name));
  }

  #once(what: string, work: () => Promise<void>): Promise<void> {
    const underway = this.#underway.get(what) ?? work().finally(() => this.#underway.delete(what));
    this.#underway.set(what, underway);
    return underway;
  }
}
