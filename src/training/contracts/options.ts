import type { DatasetSpec } from '../../datasets/spec.js';
import type { Engine } from '../../engine/engine.js';
import type { TensorSource } from '../../model/tensors.js';
import type { TrainingControl } from './control.js';
import type { Warning } from './events.js';
import type { PreparedData } from './prepared-data.js';
import type { RunRecorder, SavedCheckpoint } from './recorder.js';
import type { RunSettings } from './settings.js';

/** What a run is started with. */
export interface TrainOptions {
  readonly settings: RunSettings;
  readonly dataset: DatasetSpec;
  /** Of that data set, which itself is needed no more. */
  readonly data: PreparedData;
  readonly engine: Engine;
  /** Makes or reopens the run directory; called when nothing else can be wrong with the run any more. */
  readonly openRecorder: () => Promise<RunRecorder>;
  readonly control: TrainingControl;
  /** Go on from here; it is closed when its tensors have been read. */
  readonly resume?: SavedCheckpoint | undefined;
  /** Start from these instead of drawing weights; they must fit the model. */
  readonly weights?: TensorSource | undefined;
  readonly checkpointMinutes: number;
  /** The run ends with exit code 7 when its test accuracy is below. */
  readonly minAccuracy?: number | undefined;
  /** The run ends as stopped after this epoch, to be resumed: schedules still count all of the config's epochs. */
  readonly pauseAfterEpoch?: number | undefined;
  /** False leaves the test images alone: a sweep chooses by validation. Default true. */
  readonly test?: boolean | undefined;
  /** Whether each epoch ends with the norms of its weights and gradients. Default false. */
  readonly norms?: boolean | undefined;
  /** Warnings to yield right after the start. */
  readonly warnings?: readonly Warning[];
  /** Milliseconds, monotonic; default `performance.now`. */
  readonly clock?: () => number;
}
