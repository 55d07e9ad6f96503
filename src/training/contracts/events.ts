import type { EngineInfo } from '../../engine/engine.js';
import type { ExitCode } from '../../errors.js';

/** What a training run tells, in order. The names and fields are those of `--json`; each line there adds `"v": 1`. */
export type TrainingEvent =
  | RunStart
  | EpochStart
  | StepEvent
  | ValidationProgress
  | EpochEnd
  | CheckpointEvent
  | WarningEvent
  | RunEnd;

export interface DataCounts {
  /** Images trained on each epoch, augmented ones included. */
  readonly train: number;
  readonly augmented: number;
  readonly validation: number;
  readonly test: number;
  /** Where the files came from, for people. */
  readonly source: string;
  readonly synthetic: boolean;
  /** `honest` splits the originals first; `keras` takes the last part of all images and leaks augmented copies. */
  readonly validationMode: 'honest' | 'keras' | 'none';
}

export interface RunStart {
  readonly event: 'run_start';
  /** The run directory. */
  readonly run: string;
  readonly model: string;
  readonly parameters: number;
  readonly config: unknown;
  readonly engine: EngineInfo;
  readonly precision: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly data: DataCounts;
  /** Epoch and step that a resumed run goes on from. */
  readonly resumedFrom?: { readonly epoch: number; readonly step: number };
  /** Epochs already done by the run that is resumed, for the charts. */
  readonly history?: readonly EpochEnd[];
}

export interface EpochStart {
  readonly event: 'epoch_start';
  /** Counts from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly steps: number;
}

export interface StepEvent {
  readonly event: 'step';
  readonly epoch: number;
  /** Counts from 1 within the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Of this batch. */
  readonly loss: number;
  /** Over the epoch so far. */
  readonly meanLoss: number;
  readonly meanAccuracy: number;
  readonly learningRate: number;
  /** Over the last steps. */
  readonly msPerStep: number;
  readonly imagesPerSecond: number;
}

export interface ValidationProgress {
  readonly event: 'validation_progress';
  readonly what: 'validation' | 'test';
  readonly done: number;
  readonly total: number;
}

export interface EpochEnd {
  readonly event: 'epoch_end';
  readonly epoch: number;
  readonly epochs: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss: number | null;
  readonly valAccuracy: number | null;
  /** Of the moving average of the weights, where the config asks for one. */
  readonly emaValLoss?: number;
  readonly emaValAccuracy?: number;
  readonly learningRate: number;
  readonly msPerStep: number;
  readonly seconds: number;
  /** The best epoch so far by the monitored metric. */
  readonly best: boolean;
}

export interface CheckpointEvent {
  readonly event: 'checkpoint';
  readonly kind: 'last' | 'best';
  readonly epoch: number;
  readonly step: number;
  readonly path: string;
}

export interface WarningEvent {
  readonly event: 'warning';
  readonly message: string;
  readonly hint?: string;
}

export interface ClassReport {
  readonly name: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** A test image that the model got wrong while being sure of it. */
export interface Mistake {
  /** Index within the test images. */
  readonly index: number;
  /** Class names. */
  readonly actual: string;
  readonly predicted: string;
  /** Of the predicted class. */
  readonly probability: number;
  /** [28, 28] bytes; for the terminal only, not in `--json`. */
  readonly image: Uint8Array;
}

export interface RunEnd {
  readonly event: 'run_end';
  readonly status: 'completed' | 'stopped' | 'failed';
  readonly exitCode: ExitCode;
  readonly epochs: number;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  /** Of the moving average of the weights, where the config asks for one. */
  readonly emaTestLoss?: number;
  readonly emaTestAccuracy?: number;
  readonly bestValAccuracy: number | null;
  readonly seconds: number;
  readonly run: string;
  /** Why it stopped or failed, in one line. */
  readonly message?: string;
  /** On the test images, when they were evaluated. */
  readonly classes?: readonly ClassReport[];
  /** rows: true class, columns: predicted. */
  readonly confusion?: readonly (readonly number[])[];
  /** The most confident mistakes, surest first. */
  readonly mistakes?: readonly Mistake[];
}
