import type { NamedTensors } from '../model/tensors.js';
import type { EpochEnd, RunEnd, WarningEvent } from './events.js';
import type { TrainingState } from './state.js';

export interface TrainingCheckpoint {
  /** `last`: every variable of the trainer. `best`: weights and averages, without the optimizer's slots. */
  readonly tensors: NamedTensors;
  readonly state: TrainingState;
}

export type Warning = Omit<WarningEvent, 'event'>;

/** What became of a write: trouble that the run survives comes back as warnings. */
export interface Written {
  /** Undefined when it could not be written this time. */
  readonly path: string | undefined;
  readonly warnings: readonly Warning[];
}

/**
 * What the loop needs of a run directory. Methods retry what the disk refuses and throw a
 * {@link import('../errors.js').DataError} only when nothing can be saved any more.
 */
export interface RunRecorder {
  /** The run directory. */
  readonly run: string;
  checkpoint(kind: 'last' | 'best', checkpoint: TrainingCheckpoint): Promise<Written>;
  /** The tensors of the best epoch, as `checkpoint('best', …)` was given them; undefined where there are none. */
  best(): Promise<NamedTensors | undefined>;
  /** All epochs so far, after each of them. */
  metrics(history: readonly EpochEnd[]): Promise<readonly Warning[]>;
  /** The summary, once, however the run ended. */
  finish(end: RunEnd): Promise<readonly Warning[]>;
}
