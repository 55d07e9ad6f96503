import type { NamedTensors } from '../../model/tensors.js';
import type { CheckpointEvent, TrainingEvent, WarningEvent } from './events.js';
import type { TrainingState } from './state.js';

export interface TrainingCheckpoint {
  /** `last`: every variable of the trainer. `best`: weights and averages, without the optimizer's slots. */
  readonly tensors: NamedTensors;
  readonly state: TrainingState;
}

/**
 * What the loop needs of a run directory. Writes that fail are retried, then come back as warnings; they throw a
 * {@link import('../../errors.js').DataError} only when nothing can be saved any more.
 */
export interface RunRecorder {
  /** The run directory. */
  readonly run: string;
  /** Keeps an event: metrics, summary, log. */
  record(event: TrainingEvent): Promise<readonly WarningEvent[]>;
  /** `final`: no later checkpoint will make up for this one. */
  checkpoint(
    kind: 'last' | 'best',
    position: { readonly epoch: number; readonly step: number },
    checkpoint: TrainingCheckpoint,
    final?: boolean,
  ): Promise<readonly (CheckpointEvent | WarningEvent)[]>;
  /** The tensors of the best epoch, as they were given to `checkpoint`; undefined where there are none. */
  best(): Promise<NamedTensors | undefined>;
}
