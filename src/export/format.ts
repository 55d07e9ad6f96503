import type { ModelConfig } from '../config/schema.js';
import type { LabelledImages } from '../image.js';
import type { Model } from '../model/model.js';
import { type NamedTensors, sizeOf } from '../model/tensors.js';

/** What the exported model takes: bytes 0 … 255, which it divides by 255 itself, or floats that the caller did. */
export const INPUTS = ['bytes', 'unit'] as const;
export type Input = (typeof INPUTS)[number];

/** A trained model with all that travels along. */
export interface TrainedClassifier {
  readonly config: ModelConfig;
  readonly model: Model;
  /** The model's weights alone, checked against it, every value finite. */
  readonly weights: NamedTensors;
  /** What the classes 0, 1 … mean. */
  readonly classes: readonly string[];
  /** Whether the data set's images are bright things on black, in the middle. */
  readonly onBlack: boolean;
  readonly input: Input;
  /** For a format that training can go on from; undefined for weights that come without. */
  readonly optimizer: OptimizerState | undefined;
}

/** The optimizer's arrays by `<weight>` in each slot, e.g. `adam/m/conv2d_1/kernel`, and the steps it has done. */
export interface OptimizerState {
  readonly slots: NamedTensors;
  readonly steps: number;
  /** Of the last step: schedules have moved it. */
  readonly learningRate: number;
}

/** One file of an export: its path in the export's folder (`/` between parts) and its bytes in chunks. */
export interface ExportedFile {
  readonly path: string;
  readonly chunks: readonly Uint8Array[];
}

/** A format that a model can be written in. */
export interface ExportFormat {
  /** For `--help`. */
  readonly describe: string;
  readonly kind: 'file' | 'folder';
  /** What the name of an export ends with when none is given. */
  readonly suffix: string;
  /**
   * All files of the export, for `file` exactly one. Nothing is written yet.
   *
   * @param images for a format that shows some
   */
  encode(classifier: TrainedClassifier, images: () => Promise<LabelledImages>): Promise<readonly ExportedFile[]>;
}

/** Images as an exported model takes them. */
export interface ModelInput {
  readonly type: 'uint8' | 'float32';
  readonly data: Uint8Array | Float32Array;
  /** With the batch. */
  readonly shape: readonly number[];
}

/** @param images bytes [N, height, width, channels] */
export function asInput({ inputShape }: Model, input: Input, images: Uint8Array): ModelInput {
  const shape = [images.length / sizeOf(inputShape), ...inputShape];
  if (input === 'bytes') return { type: 'uint8', data: images, shape };
  return { type: 'float32', data: Float32Array.from(images, (byte) => byte / 255), shape };
}

/** A small text file. */
export function textFile(path: string, text: string): ExportedFile {
  return { path, chunks: [Buffer.from(text)] };
}

export function jsonFile(path: string, value: unknown): ExportedFile {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
