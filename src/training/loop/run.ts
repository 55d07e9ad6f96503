import type { DatasetSpec } from '../../datasets/spec.js';
import type { Trainer } from '../../engine/engine.js';
import { DivergedError } from '../../errors.js';
import type { Model } from '../../model/model.js';
import type { TensorSource } from '../../model/tensors.js';
import type { TrainingControl } from '../contracts/control.js';
import type { PreparedData } from '../contracts/prepared-data.js';
import type { RunRecorder, TrainingCheckpoint } from '../contracts/recorder.js';
import type { RunSettings } from '../contracts/settings.js';
import type { RunProgress } from './progress.js';
import type { EpochPlan } from './steps.js';

/** What the parts of the loop share during one run. */
export interface Run {
  readonly settings: RunSettings;
  readonly dataset: DatasetSpec;
  readonly model: Model;
  readonly data: PreparedData;
  readonly trainer: Trainer;
  readonly recorder: RunRecorder;
  readonly control: TrainingControl;
  readonly progress: RunProgress;
  readonly plan: EpochPlan;
  /** Steps of an epoch. */
  readonly steps: number;
  /** Whether each epoch ends with the norms of its weights and gradients. */
  readonly norms: boolean;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Milliseconds between two checkpoints within an epoch. */
  readonly checkpointEvery: number;
  /** When the last checkpoint was written, on `clock`. */
  checkpointAt: number;
  /** Whether the newest checkpoint that was asked for is on the disk. */
  saved: boolean;
  /** The best epoch's weights in memory, as long as they could not be written. */
  unsavedBest: BestCheckpoint | undefined;
}

export interface BestCheckpoint extends TrainingCheckpoint {
  readonly epoch: number;
  readonly step: number;
}

/** @throws DivergedError unless every value of every tensor is a finite number */
export async function requireFiniteTensors(tensors: TensorSource, run: Run): Promise<void> {
  for (const name of tensors.shapes.keys()) {
    for await (const piece of tensors.pieces(name)) {
      for (const value of piece) if (!Number.isFinite(value)) requireFinite(value, name, run);
    }
  }
}

/** @throws DivergedError unless the loss is a finite number */
export function requireFinite(loss: number, what: string, { settings, progress, recorder }: Run): void {
  if (Number.isFinite(loss)) return;
  const { epoch, step } = progress.state;
  const { schedule, optimizer } = settings.config;
  const rate = schedule.type === 'oneCycle' ? schedule.maxLearningRate : optimizer.learningRate;
  throw new DivergedError(`the ${what} became ${loss} in epoch ${epoch} at step ${step}`, {
    hint: `Lower --learning-rate (now ${rate}) or set training.clipNorm, in a new run: --weights ${recorder.run} starts it from the last good checkpoint.`,
  });
}
