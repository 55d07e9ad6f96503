import path from 'node:path';
import { DataError } from '../errors.js';
import type { NamedTensors } from '../model/tensors.js';
import type { CheckpointEvent, EpochEnd, RunEnd, RunStart, TrainingEvent, WarningEvent } from '../training/events.js';
import type { RunRecorder, TrainingCheckpoint } from '../training/recorder.js';
import { type TrainingState, trainingStateSchema } from '../training/state.js';
import {
  type CheckpointKind,
  checkpointPath,
  type LoadedCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
} from './checkpoint.js';
import { assertContained, createRunFolder, type RunPaths, runPaths } from './directory.js';
import {
  appendTo,
  DISK_RETRIES,
  errorCode,
  type FileSystem,
  nodeFileSystem,
  type RetryPolicy,
  removePartials,
  retryingWrite,
  writeAtomically,
} from './files.js';
import { lockRun, type RunLock } from './lock.js';
import { logLine } from './log.js';
import { metricsCsv, metricsJsonl } from './metrics.js';
import { pointLatest } from './names.js';
import type { EventFile } from './tensorboard.js';

/** So many checkpoints in a row that cannot be written mean that nothing of the training will be kept. */
const MOST_LOST_CHECKPOINTS = 5;

export interface RunDirectoryOptions {
  /** What to keep in `environment.json` besides engine and settings: versions, machine, flags. */
  readonly environment?: object;
  /** Also write TensorBoard event files. */
  readonly tensorboard?: boolean;
  readonly files?: FileSystem;
  readonly retries?: RetryPolicy;
  readonly now?: () => Date;
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
  readonly #options: RunDirectoryOptions;
  readonly #now: () => Date;
  #model = '';
  #history: EpochEnd[] = [];
  #lostCheckpoints = 0;
  #events: EventFile | undefined;

  private constructor(folder: string, lock: RunLock, options: RunDirectoryOptions) {
    this.paths = runPaths(folder);
    this.#lock = lock;
    this.#options = options;
    this.#files = options.files ?? nodeFileSystem;
    this.#now = options.now ?? (() => new Date());
  }

  /**
   * Makes the folder of a new run in `runsDir`, locks it and points `latest` at it.
   *
   * @throws {DataError} when `runsDir` cannot be written.
   */
  static async create(runsDir: string, model: string, options: RunDirectoryOptions = {}): Promise<RunDirectory> {
    const folder = await createRunFolder(runsDir, model, options.now?.() ?? new Date());
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
    const lock = await lockRun(folder);
    try {
      await assertContained(folder);
      const directory = new RunDirectory(folder, lock, options);
      await removePartials(directory.#files, folder);
      await removePartials(directory.#files, directory.paths.checkpoints);
      const checkpoint = await directory.#load('last');
      await pointLatest(path.dirname(folder), path.basename(folder)).catch(() => {});
      return { directory, checkpoint, warnings: await directory.#mendFallback(checkpoint) };
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
  }

  get run(): string {
    return this.paths.folder;
  }

  async record(event: TrainingEvent): Promise<readonly WarningEvent[]> {
    const line = logLine(event, this.#now());
    // What cannot be written to the log alone is not worth a warning.
    if (line !== undefined) await appendTo(this.#files, this.paths.log, Buffer.from(line)).catch(() => {});
    switch (event.event) {
      case 'run_start':
        return this.#begin(event);
      case 'epoch_end':
        return this.#epoch(event);
      case 'run_end':
        return this.#end(event);
      default:
        return [];
    }
  }

  async checkpoint(
    kind: CheckpointKind,
    position: { readonly epoch: number; readonly step: number },
    checkpoint: TrainingCheckpoint,
    final = false,
  ): Promise<readonly (CheckpointEvent | WarningEvent)[]> {
    if (this.#lock.lost()) {
      throw new DataError(`the run ${this.run} was taken over by another process`, {
        hint: 'Nothing more is written to it here; the other process goes on with it.',
      });
    }
    let saved: string | undefined;
    const warnings = await this.#attempt(`checkpoints/${kind}.safetensors`, async () => {
      saved = await saveCheckpoint(this.#files, this.paths.checkpoints, kind, checkpoint);
    });
    if (saved !== undefined) {
      this.#lostCheckpoints = 0;
      return [{ event: 'checkpoint', kind, ...position, path: saved }];
    }
    this.#lostCheckpoints++;
    if (final || this.#lostCheckpoints >= MOST_LOST_CHECKPOINTS) {
      throw new DataError(`nothing can be saved any more: ${warnings[0]?.message}`, {
        hint: `Make room there, then go on from the last checkpoint that was saved: --resume ${path.basename(this.run)}`,
      });
    }
    return warnings;
  }

  async best(): Promise<NamedTensors | undefined> {
    const { checkpoints } = this.paths;
    const names = await this.#files.list(checkpoints).catch((): string[] => []);
    if (!names.some((name) => name.startsWith('best.'))) return undefined;
    return (await this.#load('best')).tensors;
  }

  /** Gives the run free. */
  async close(): Promise<void> {
    await this.#lock.release().catch(() => {});
  }

  #load(kind: CheckpointKind): Promise<LoadedCheckpoint<TrainingState>> {
    return loadCheckpoint(this.#files, this.paths.checkpoints, kind, trainingStateSchema);
  }

  /** Puts a damaged checkpoint out of the way, lest the next save push the whole one before it out. */
  async #mendFallback({ fallback, state }: LoadedCheckpoint<TrainingState>): Promise<WarningEvent[]> {
    if (fallback === undefined) return [];
    const file = checkpointPath(this.paths.checkpoints, 'last');
    await this.#files.rename(file, `${file}.damaged`).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
    const place = `epoch ${state.epoch}, step ${state.step}`;
    return [{ event: 'warning', message: `${fallback}; going on from the checkpoint before it (${place})` }];
  }

  async #begin(start: RunStart): Promise<WarningEvent[]> {
    const { config, engine, precision, seed, data, resumedFrom } = start;
    this.#model = start.model;
    this.#history = [...(start.history ?? [])];
    const environment = { ...this.#options.environment, engine, precision, seed, data };
    const warnings = [
      await this.#writeJson(this.paths.config, config),
      await this.#writeJson(this.paths.environment, environment),
      await this.#writeJson(this.paths.summary, {
        status: 'running',
        run: this.run,
        model: start.model,
        epochs: this.#history.length,
        started: this.#now().toISOString(),
      }),
      await this.#writeMetrics(),
    ];
    if (this.#options.tensorboard === true) warnings.push(await this.#openEvents((resumedFrom?.epoch ?? 1) - 1));
    return warnings.flat();
  }

  async #end({ event: _, mistakes = [], ...end }: RunEnd): Promise<WarningEvent[]> {
    const pixelless = mistakes.map(({ image: _, ...mistake }) => mistake);
    const summary = { ...end, model: this.#model, finished: this.#now().toISOString(), mistakes: pixelless };
    return this.#writeJson(this.paths.summary, summary);
  }

  async #epoch(epoch: EpochEnd): Promise<WarningEvent[]> {
    this.#history.push(epoch);
    const events = this.#events;
    const warnings = await this.#writeMetrics();
    if (events === undefined) return warnings;
    return [...warnings, ...(await this.#attempt('tensorboard', () => events.epoch(epoch, this.#now())))];
  }

  #writeJson(file: string, value: unknown): Promise<WarningEvent[]> {
    return this.#writeText(file, `${JSON.stringify(value, null, 2)}\n`);
  }

  async #writeMetrics(): Promise<WarningEvent[]> {
    // Whole files each time: a few kilobytes, never a torn line, and a resumed run drops what it will repeat.
    const csv = await this.#writeText(this.paths.metricsCsv, metricsCsv(this.#history));
    return csv.length > 0 ? csv : this.#writeText(this.paths.metricsJsonl, metricsJsonl(this.#history));
  }

  #writeText(file: string, text: string): Promise<WarningEvent[]> {
    return this.#attempt(path.basename(file), () => writeAtomically(this.#files, file, [Buffer.from(text)]));
  }

  async #openEvents(epoch: number): Promise<WarningEvent[]> {
    const { EventFile } = await import('./tensorboard.js');
    return this.#attempt('tensorboard', async () => {
      this.#events = await EventFile.create(this.#files, this.paths.tensorboard, this.#now(), epoch);
    });
  }

  async #attempt(what: string, write: () => Promise<void>): Promise<WarningEvent[]> {
    try {
      await retryingWrite(write, this.#options.retries ?? DISK_RETRIES);
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [
        {
          event: 'warning',
          message: `could not write ${what} of ${this.run}: ${reason}`,
          hint: 'Training goes on and tries again; make room on the disk or mend the folder meanwhile.',
        },
      ];
    }
  }
}
