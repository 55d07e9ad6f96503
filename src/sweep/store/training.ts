import { promises as fs } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.js';
import { makeOwnedFolder } from '../../files/owned-folder.js';
import { definitionFile, type OpenedSweep } from '../definition.js';
import type { RunJob } from '../local.js';
import { runName } from '../plan.js';
import { decodeResult, encodeResult } from '../results.js';
import type { Bucket } from './bucket.js';
import { agreeOnEngine, bringEngine } from './engine.js';
import { DEFINITION, resultKey, WORKPLACE } from './keys.js';
import { onDisk } from './on-disk.js';
import { noSweep, type WorkersSweep } from './store.js';
import { StoredRun } from './stored-run.js';

/**
 * A sweep in a bucket as a worker needs it for one job, in a folder that is removed after that.
 *
 * @throws UsageError where there is no such sweep; DataError where the disk does not take it
 */
export async function openStoredSweep(root: Bucket, name: string, sweepsDir: string): Promise<WorkersSweep> {
  const bucket = root.below(name);
  const definition = await bucket.read(DEFINITION);
  if (definition === undefined) throw noSweep(name, root.label);
  return onDisk(sweepsDir, async () => {
    await makeFolder(sweepsDir);
    const workplace = await makeOwnedFolder(sweepsDir, WORKPLACE);
    const folder = path.join(workplace, name);
    await fs.mkdir(folder);
    await fs.writeFile(definitionFile(folder), definition.text);
    await bringEngine(bucket, folder);
    return {
      folder,
      train: (sweep, trials) => storedTraining(bucket, sweep, trials),
      close: () => fs.rm(workplace, { recursive: true, force: true, maxRetries: 3 }).catch(() => {}),
    };
  });
}

/**
 * Trains a job from the last checkpoint that is in the bucket, and puts each one there that it saves. Where somebody else
 * who trains the same was faster with one, it goes on from theirs. Of several results the first one stays.
 */
function storedTraining(bucket: Bucket, sweep: OpenedSweep, trials: (saved: () => void) => RunJob): RunJob {
  return async (job, slot, tell, signal) => {
    const run = path.join(sweep.runsDir, runName(job));
    for (;;) {
      const known = await bucket.read(resultKey(job));
      if (known !== undefined) return decodeResult(known.text, `${bucket.label}/${resultKey(job)}`);
      const stored = new StoredRun(bucket, runName(job));
      await onDisk(run, () => stored.fetch(run));
      let agreed: Promise<void> | undefined;
      const saver = new Saver(() =>
        onDisk(run, async () => {
          // Once a training: it goes on with the engine that it has begun with.
          agreed ??= agreeOnEngine(bucket, sweep.folder);
          await agreed;
          if (!(await stored.save(run))) throw new Overtaken();
        }),
      );
      const stop = AbortSignal.any([signal, saver.failed]);
      const result = await trials(saver.ask)(job, slot, tell, stop).finally(saver.idle);
      try {
        await saver.end();
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
        if (signal.aborted) return undefined;
        tell({ event: 'job_retry', job, worker: slot.name, reason: 'another worker was faster with a checkpoint' });
        await fs.rm(run, { recursive: true, force: true });
        continue;
      }
      if (result === undefined) return undefined;
      const first = await bucket.write(resultKey(job), encodeResult(result), undefined);
      return decodeResult(first.text, `${bucket.label}/${resultKey(job)}`);
    }
  };
}

class Overtaken extends Error {}

/** Saves one at a time, and skips what is out of date before its turn comes. */
class Saver {
  readonly #save: () => Promise<void>;
  readonly #failed = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #waits = false;

  constructor(save: () => Promise<void>) {
    this.#save = save;
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  readonly ask = (): void => {
    if (this.#waits) return;
    this.#waits = true;
    this.#work = this.#work.then(() => {
      this.#waits = false;
      return this.#save();
    });
    this.#work.catch(() => this.#failed.abort());
  };

  /** Resolves when nothing is being saved, whatever came of it. */
  readonly idle = async (): Promise<void> => {
    await this.#work.catch(() => {});
  };

  /** Saves for the last time. @throws what went wrong, now or before */
  end(): Promise<void> {
    this.ask();
    return this.#work;
  }
}
