import path from 'node:path';
import { DataError } from '../errors.js';
import { hasCode } from '../files/errors.js';
import { type FileSystem, nodeFileSystem, type RetryPolicy, removePartials } from '../files/file-system.js';
import type { CheckpointEvent, TrainingEvent, WarningEvent } from '../training/contracts/events.js';
import type {
  RunRecorder,
  SavedCheckpoint,
  TestPredictions,
  TrainingCheckpoint,
} from '../training/contracts/recorder.js';
import { type TrainingState, trainingStateSchema } from '../training/contracts/state.js';
import {
  type CheckpointKind,
  checkpointPath,
  type LoadedCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
} from './checkpoint.js';
import { assertContained, createNamedRunFolder, createRunFolder, type RunPaths, runPaths } from './directory.js';
import { DurableWriter } from './durable-writer.js';
import { lockRun, type RunLock } from './lock.js';
import { pointLatest } from './names.js';
import { type RecordsOptions, RunRecords } from './records.js';

/** So many checkpoints in a row that cannot be written mean that nothing of the training will be kept. */
const MOST_LOST_CHECKPOINTS = 5;

export interface RunDirectoryOptions extends RecordsOptions {
  readonly files?: FileSystem;
  readonly retries?: RetryPolicy;
  /** Name of a new run; made of the time, the model and a random suffix when left out. */
  readonly name?: string | undefined;
}

/** A run that goes on. */
export interface ResumedRun {
  readonly directory: RunDirectory;
  readonly checkpoint: LoadedCheckpoint<TrainingState>;
  readonly warnings: readonly WarningEvent[];
}

/**
 * Writes one run's folder while it trains, and holds its lock. A write that fails is retried, then told as a warning:
 * training goes on until nothing can be saved any more.
 */
export class RunDirectory implements RunRecorder {
  readonly paths: RunPaths;
  readonly #lock: RunLock;
  readonly #files: FileSystem;
  readonly #writer: DurableWriter;
  readonly #records: RunRecords;
  /** What a resumed run goes on from, open until its tensors have been read. */
  #resumed: LoadedCheckpoint<TrainingState> | undefined;
  #lostCheckpoints = 0;

  private constructor(folder: string, lock: RunLock, options: RunDirectoryOptions) {
    this.paths = runPaths(folder);
    this.#lock = lock;
    this.#files = options.files ?? nodeFileSystem;
    this.#writer = new DurableWriter(folder, this.#files, options.retries);
    this.#records = new RunRecords(this.paths, this.#writer, options);
  }

  /**
   * Makes the folder of a new run in `runsDir`, locks it and points `latest` at it.
   *
   * @throws {DataError} when `runsDir` cannot be written.
   */
  static async create(runsDir: string, model: string, options: RunDirectoryOptions = {}): Promise<RunDirectory> {
    const { name, now = () => new Date() } = options;
    const folder = await (name === undefined
      ? createRunFolder(runsDir, model, now())
      : createNamedRunFolder(runsDir, name));
    const directory = new RunDirectory(folder, await lockRun(folder), options);
    // A convenience: where it cannot be, `last` still finds the newest name.
    await pointLatest(runsDir, path.basename(folder)).catch(() => {});
    return directory;
  }

  /**
   * Locks the run in `folder` (see {@link import('./names.js').findRun}), clears what an interrupted write left behind
   * and reads its newest whole checkpoint.
   *
   * @throws {DataError} when another process trains it, or no checkpoint can be used.
   */
  static async resume(folder: string, options: RunDirectoryOptions = {}): Promise<ResumedRun> {
    const directory = new RunDirectory(folder, await lockRun(folder), options);
    try {
      await assertContained(folder);
      await removePartials(directory.#files, folder);
      await removePartials(directory.#files, directory.paths.checkpoints);
      const checkpoint = await directory.#load('last');
      directory.#resumed = checkpoint;
      await pointLatest(path.dirname(folder), path.basename(folder)).catch(() => {});
      const warnings = [...directory.#killed(), ...(await directory.#mendFallback(checkpoint))];
      return { directory, checkpoint, warnings };
    } catch (error) {
      await directory.close();
      throw error;
    }
  }

  get run(): string {
    return this.paths.folder;
  }

  record(event: TrainingEvent): Promise<readonly WarningEvent[]> {
    return this.#records.record(event);
  }

  async checkpoint(
    kind: CheckpointKind,
    position: { readonly epoch: number; readonly step: number },
    checkpoint: TrainingCheckpoint,
    final = false,
  ): Promise<readonly (CheckpointEvent | WarningEvent)[]> {
    this.#requireOwn();
    let saved: string | undefined;
    const warnings = await this.#writer.attempt(`checkpoints/${kind}.safetensors`, async () => {
      saved = await saveCheckpoint(this.#files, this.paths.checkpoints, kind, checkpoint);
    });
    if (saved !== undefined) {
      this.#lostCheckpoints = 0;
      const event = { event: 'checkpoint', kind, ...position, path: saved } as const;
      return kind === 'last' ? [event, ...(await this.#records.weights(checkpoint.tensors))] : [event];
    }
    // Removed while it was saved.
    this.#requireOwn();
    this.#lostCheckpoints++;
    if (final || this.#lostCheckpoints >= MOST_LOST_CHECKPOINTS) {
      throw new DataError(`nothing can be saved any more: ${warnings[0]?.message}`, {
        hint: `Make room there, then go on from the last checkpoint that was saved: --resume ${path.basename(this.run)}`,
      });
    }
    return warnings;
  }

  predictions(test: TestPredictions): Promise<readonly WarningEvent[]> {
    return this.#records.predictions(test);
  }

  /** That epoch's, and no other's: where its checkpoint was never written or is damaged there are none. */
  async best(epoch: number): Promise<SavedCheckpoint | undefined> {
    try {
      const best = await this.#load('best');
      if (best.state.history.at(-1)?.epoch === epoch) return best;
      await best.close();
      return undefined;
    } catch (error) {
      if (error instanceof DataError) return undefined;
      throw error;
    }
  }

  /** Releases the run for other processes. */
  async close(): Promise<void> {
    await this.#resumed?.close();
    await this.#lock.release().catch(() => {});
  }

  /** @throws DataError when the run is another process' by now, or is there no more */
  #requireOwn(): void {
    const lost = this.#lock.lost();
    if (lost !== undefined) throw new DataError(lost, { hint: 'Nothing more of it is kept: begin it again.' });
  }

  #load(kind: CheckpointKind): Promise<LoadedCheckpoint<TrainingState>> {
    return loadCheckpoint(this.#files, this.paths.checkpoints, kind, trainingStateSchema);
  }

  /** A process that the system kills for its memory can say nothing: whoever goes on says it. */
  #killed(): WarningEvent[] {
    if (!this.#lock.lackedMemory) return [];
    const message = 'the run was killed, probably since memory was full';
    return [
      { event: 'warning', message, hint: 'Should it be again, take a smaller batch or fewer processes at once.' },
    ];
  }

  /** Moves a damaged checkpoint out of the way, so that the next save does not replace the whole one before it. */
  async #mendFallback({ fallback, state }: LoadedCheckpoint<TrainingState>): Promise<WarningEvent[]> {
    if (fallback === undefined) return [];
    const file = checkpointPath(this.paths.checkpoints, 'last');
    await this.#files.rename(file, `${file}.damaged`).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
    });
    const place = `epoch ${state.epoch}, step ${state.step}`;
    return [{ event: 'warning', message: `${fallback}; going on from the checkpoint before it (${place})` }];
  }
}
