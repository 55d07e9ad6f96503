import type { Shape } from './tensors.js';

export const ACTIVATIONS = [
  'linear',
  'relu',
  'leakyRelu',
  'elu',
  'gelu',
  'geluApproximate',
  'silu',
  'tanh',
  'sigmoid',
  'softmax',
] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Of geluApproximate: x·(1 + tanh(z))/2 with z = scale·(x + cubic·x³) (Hendrycks & Gimpel 2016); Keras' `approximate`. */
export const GELU_APPROXIMATE = { scale: Math.sqrt(2 / Math.PI), cubic: 0.044715 } as const;

/** Slope of leakyRelu below zero: Keras' and tfjs' default for the activation of that name. */
export const LEAKY_SLOPE = 0.2;

export type Padding = 'valid' | 'same';

export interface ConvOptions {
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  readonly dilationRate: readonly [number, number];
}

export type DepthwiseOptions = Omit<ConvOptions, 'dilationRate'>;

export interface PoolOptions {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;
}

export interface BatchNormWeights<T> {
  readonly gamma: T | undefined;
  readonly beta: T | undefined;
  readonly movingMean: T;
  readonly movingVariance: T;
}

export interface BatchNormOptions {
  readonly momentum: number;
  readonly epsilon: number;
}

/**
 * The operations that layers are written in, once for every engine. `T` is the engine's tensor of a batch:
 * images are [N, H, W, C], features [N, C]. Kernels are HWIO, dense kernels [in, out].
 *
 * An `Ops` belongs to one pass: `training` says whether dropout drops and batch normalisation uses the batch.
 */
export interface Ops<T> {
  readonly training: boolean;
  /** Hears of what each layer gives, those within blocks too, and says what goes on from there: that, but for its tracing. */
  readonly observe?: ((layer: string, output: T) => T) | undefined;
  conv2d(x: T, kernel: T, options: ConvOptions): T;
  /** Each channel with kernels of its own: [kh, kw, in, m] makes in · m channels, m of each, from images [N, H, W, in]. */
  depthwiseConv2d(x: T, kernel: T, options: DepthwiseOptions): T;
  /** Adds a vector over the last dimension. */
  biasAdd(x: T, bias: T): T;
  /** [N, in] × [in, out] → [N, out]. */
  matMul(x: T, kernel: T): T;
  activation(x: T, kind: Activation): T;
  maxPool(x: T, options: PoolOptions): T;
  /** Average over the window's cells inside the image, as Keras does for `same`. */
  avgPool(x: T, options: PoolOptions): T;
  /** [N, H, W, C] → [N, C]. */
  globalAvgPool(x: T): T;
  globalMaxPool(x: T): T;
  /**
   * Normalises over all but the last dimension. In training: by the batch's mean and (biased) variance, and
   * the moving statistics become momentum · moving + (1 − momentum) · batch. Else: by the moving statistics.
   */
  batchNorm(x: T, weights: BatchNormWeights<T>, options: BatchNormOptions): T;
  /**
   * Inverted dropout; called in training only. `name` is the layer's full name and keys its random stream. The mask is of
   * `noiseShape`, where that is told: where a dimension is 1, all of `x`'s share a draw.
   */
  dropout(x: T, rate: number, name: string, noiseShape?: Shape): T;
  /** Keeps the batch dimension; the rest becomes `shape`. */
  reshape(x: T, shape: Shape): T;
  add(a: T, b: T): T;
  /** Elementwise; where a dimension of `b` is 1 its value counts for all of `a`'s. */
  mul(a: T, b: T): T;
}
