import type { MixedBatch } from '../augment/mix.js';
import type { Model } from '../model/model.js';
import type { NamedTensor, NamedTensors, TensorSource } from '../model/tensors.js';
import type { OptimizerSpec } from '../optimizers/registry.js';

export const PRECISIONS = ['float32', 'tf32', 'bfloat16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** For what was trained in this precision and need not be: tf32 is of NVIDIA GPUs alone, with weights in float32. */
export function portablePrecision(trained: Precision | undefined): Precision {
  return trained === 'bfloat16' ? 'bfloat16' : 'float32';
}

/** What `--device` may name besides `auto`, best first. */
export const DEVICES = ['gpu', 'cpu', 'webgpu', 'wasm', 'cpu-js'] as const;
export type Device = (typeof DEVICES)[number];

/** What `auto` tries, in order: all but the slowest, which works where WebAssembly does too. */
export const AUTO_DEVICES = DEVICES.filter((device) => device !== 'cpu-js');
export type AutoDevice = (typeof AUTO_DEVICES)[number];

export const DEVICE_CHOICES = ['auto', ...DEVICES] as const;
/** `gpu:1` is the second GPU. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number] | `gpu:${number}`;

/** The number in `gpu:1`; undefined where none is named. */
export function gpuNumber(choice: DeviceChoice): number | undefined {
  const number = /^gpu:(\d+)$/.exec(choice)?.[1];
  return number === undefined ? undefined : Number(number);
}

export const ENGINE_KINDS = ['native', 'webgpu', 'wasm', 'cpu-js'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

/** What runs the mathematics, for people and for the run's records. */
export interface EngineInfo {
  readonly kind: EngineKind;
  /** e.g. `TensorFlow 2.21.0` or `tfjs 4.22.0 (wasm)`. */
  readonly name: string;
  readonly device: 'gpu' | 'cpu';
  /** e.g. `NVIDIA H100` or `AMD EPYC`. */
  readonly deviceName: string;
  readonly threads: number;
  /** On an NVIDIA GPU: its number or UUID, as `nvidia-smi --id` takes it. */
  readonly gpu?: string | undefined;
  /** On a GPU: whether the same seed gives the same bytes. Native TensorFlow on a CPU always does. */
  readonly deterministic?: boolean | undefined;
  /** True where XLA compiles the training steps on full batches. */
  readonly jitCompile?: boolean | undefined;
}

/** Images as bytes, [N, height, width, channels], and their labels, [N]; one pool for training, validation and test. */
export interface ImagePool {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface TrainerSpec {
  readonly model: Model;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly precision: Precision;
  /** Keys dropout's random streams together with the layer's name and the step. */
  readonly seed: number;
  readonly pool: ImagePool;
  /** Cross-entropy targets become (1 − s) · one-hot + s / classes. 0 for none. */
  readonly labelSmoothing: number;
  /** Gradients are scaled down to this global L2 norm; undefined for none. */
  readonly clipNorm: number | undefined;
  /** What the learning rate of biases and of β is multiplied by. */
  readonly biasLearningRate: number;
  /** After each update ema = decay · ema + (1 − decay) · weights; undefined for none. */
  readonly emaDecay: number | undefined;
  /** Whether the decay starts low: min(emaDecay, (1 + t) / (10 + t)) in step t, from 1. */
  readonly emaWarmup: boolean;
  /** Whether steps bring `lookahead`. */
  readonly lookahead: boolean;
  /** Whether steps bring `transforms` and `erase` (augmentation drawn afresh each epoch). */
  readonly onlineAugmentation: boolean;
  /** Whether steps bring `mix`. */
  readonly mixing: boolean;
  /** The most training steps that one call to `train` is given: 1, or more on a GPU. */
  readonly stepsPerCall: number;
}

/** What a trainer does without anything special asked for: one plain step at a time. */
export const PLAIN_TRAINING = {
  labelSmoothing: 0,
  clipNorm: undefined,
  biasLearningRate: 1,
  emaDecay: undefined,
  emaWarmup: false,
  lookahead: false,
  onlineAugmentation: false,
  mixing: false,
  stepsPerCall: 1,
} as const satisfies Partial<TrainerSpec>;

/** One optimizer step on the images `indices` of the pool. */
export interface TrainStep {
  /** [batch] int32. */
  readonly indices: Int32Array;
  /** Counts from 0 over the whole run: keys dropout, and Adam's bias correction uses step + 1. */
  readonly step: number;
  readonly learningRate: number;
  /** [batch, 8] projective transforms, output to input, as ImageProjectiveTransformV3 takes them. */
  readonly transforms?: Float32Array;
  /** [batch, 4] rectangles to blank: top, left, bottom, right (exclusive); all 0 for none. */
  readonly erase?: Int32Array;
  /** Which images of the batch, changed as told above, and which of their targets are mixed. */
  readonly mix?: MixedBatch;
  /** After the step the slow weights go this share of their way to the weights, which start again from there; undefined for none. */
  readonly lookahead?: number;
}

/** Sums over a batch, before the update. */
export interface BatchMetrics {
  /** Sum of the images' losses. */
  readonly loss: number;
  readonly correct: number;
  readonly count: number;
}

/** L2 norms by trainable weight. */
export interface Norms {
  readonly weights: Readonly<Record<string, number>>;
  /** Of a batch's mean loss, before clipping. */
  readonly gradients: Readonly<Record<string, number>>;
}

export interface Evaluation {
  /** Mean cross-entropy (without label smoothing). */
  readonly loss: number;
  readonly accuracy: number;
  /** [N, classes], in the order of the indices. */
  readonly probabilities: Float32Array;
}

export type WeightSet = 'current' | 'ema';

/** One model on one engine: its weights, its optimizer's state and the data live there. */
export interface Trainer {
  /** Weights alone: the optimizer starts afresh and the EMA starts from them. */
  setWeights(weights: TensorSource): Promise<void>;
  /**
   * Every variable: weights, optimizer slots, EMA, as they are when they are read. `setState(state())` changes nothing,
   * bit for bit.
   */
  state(): TensorSource;
  /** @throws {DataError} when a variable is missing or has another shape; none is changed then */
  setState(state: TensorSource): Promise<void>;
  /** Runs the steps in order and gives each one's metrics. */
  train(steps: readonly TrainStep[]): Promise<BatchMetrics[]>;
  /** The norms of the weights as they are, and of the gradients that the step would take; it is not taken. */
  norms(step: TrainStep): Promise<Norms>;
  /** Evaluates pool images in batches; `onProgress` hears of images done and gives the event loop a turn. */
  evaluate(indices: Int32Array, weights?: WeightSet, onProgress?: (done: number) => void): Promise<Evaluation>;
  /** [N, height, width, channels] bytes → [N, classes] probabilities. */
  predict(images: Uint8Array, weights?: WeightSet): Promise<Float32Array>;
  dispose(): void;
}

/** What decides the score (the logit) of one class for one image. */
export interface Sensitivity {
  /** The gradient by the pixels, which count from 0 to 1: [height, width, channels]. */
  readonly pixels: NamedTensor;
  /** What a layer gives, and the gradient by it: [...shape]. */
  readonly output: NamedTensor;
  readonly gradient: NamedTensor;
}

/** Looks into a trained model, in float32; it trains nothing. */
export interface Inspector {
  /** What layers give, by name, [N, ...shape], of images [N, height, width, channels]; the last layer's are logits. */
  outputs(images: Uint8Array, layers: readonly string[]): Promise<NamedTensors>;
  /** Of one image, [height, width, channels]. */
  sensitivity(image: Uint8Array, label: number, layer: string): Promise<Sensitivity>;
  dispose(): void;
}

/**
 * Where a model trains; what it has loaded stays until the process ends. Errors: {@link import('../errors.js').EngineError} when it cannot start,
 * {@link import('../errors.js').OutOfMemoryError} when memory runs out.
 */
export interface Engine {
  readonly info: EngineInfo;
  trainer(spec: TrainerSpec): Promise<Trainer>;
  /** @param weights all of the model's, as `fitWeights` gives them */
  inspector(model: Model, weights: NamedTensors): Promise<Inspector>;
  /** FLOP/s of a large matrix product: what the device can do at best, to hold a step's speed against. */
  matMulFlops?(precision: Precision): Promise<number>;
}
