import type { TensorSource } from '../../model/tensors.js';
import type { CheckpointEvent, TrainingEvent, WarningEvent } from './events.js';
import type { TrainingState } from './state.js';

export interface TrainingCheckpoint {
  /** `last`: every variable of the trainer. `best`: weights and averages, without the optimizer's slots. */
  readonly tensors: TensorSource;
  readonly state: TrainingState;
}

/** A checkpoint on the disk. Its tensors are read from its file, until it is closed. */
export interface SavedCheckpoint extends TrainingCheckpoint {
  close(): Promise<void>;
}

/** What a test said of each image. */
export interface TestPredictions {
  /** [N], the true classes. */
  readonly labels: Uint8Array;
  /** [N, classes]. */
  readonly probabilities: Float32Array;
}

/**
 * What the loop needs of a run directory. Writes that fail are retried, then come back as warnings; they throw a
 * {@link import('../../errors.js').DataError} only when nothing can be saved any more.
 */
export interface RunRecorder {
  /** The run directory. */
  readonly run: string;
  /**
   * Keeps an event: metrics, summary, log.
   * @throws {DataError} when the end of a run that completed cannot be kept
   */
  record(event: TrainingEvent): Promise<readonly WarningEvent[]>;
  /** `final`: no later checkpoint will make up for this one. */
  checkpoint(
    kind: 'last' | 'best',
    position: { readonly epoch: number; readonly step: number },
    checkpoint: TrainingCheckpoint,
    final?: boolean,
  ): Promise<readonly (CheckpointEvent | WarningEvent)[]>;
  /** Keeps what the test at the end said. */
  predictions(test: TestPredictions): Promise<readonly WarningEvent[]>;
  /** That epoch's checkpoint, as it was kept under `best`; undefined where another's or none is there. */
  best(epoch: number): Promise<SavedCheckpoint | undefined>;
}
