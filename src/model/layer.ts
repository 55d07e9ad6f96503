import type { Ops } from './ops.js';
import type { Shape } from './tensors.js';

/** What any kernel may start as, by Keras' names. */
export const KERNEL_INITIALIZERS = [
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'lecunUniform',
  'lecunNormal',
  'zeros',
] as const;

/** What the kernel of a convolution may start as besides. */
export const CONVOLUTION_INITIALIZERS = [...KERNEL_INITIALIZERS, 'dirac', 'whitening'] as const;
export type KernelInitializer = (typeof CONVOLUTION_INITIALIZERS)[number];

export type Initializer =
  | { readonly kind: KernelInitializer; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number };

/** One array that a layer owns. Its full name in a model is `<layer>/<weight>`. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** False for moving statistics and for layers that are not to be trained. */
  readonly trainable: boolean;
  /** Whether decoupled weight decay applies: kernels yes, biases and normalisation weights no. */
  readonly decay: boolean;
  /** Whether it is added, as a bias or a β is: such weights may have a learning rate of their own. */
  readonly bias: boolean;
}

/** Looks up a weight of the model by its full name, e.g. `conv2d_1/kernel`. */
export type WeightLookup<T> = (name: string) => T;

/** A layer whose input shape is known: what a model is made of. */
export interface BuiltLayer {
  /** As in the config, or `<type>_<n>` counted from 1 within the type. */
  readonly name: string;
  readonly type: string;
  /** Keras' class name, for summaries and exports. */
  readonly kerasName: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** With full names. */
  readonly weights: readonly WeightSpec[];
  /** Floating-point operations of one image's forward pass: two for each multiply-add of a convolution or matmul. */
  readonly flops: number;
  /**
   * Values of one image that a training step must keep from the forward pass to the backward one, beside the input: at
   * least, since an engine may keep more. With those of `children`.
   */
  readonly keptValues: number;
  /** The layers inside a block, in order; empty otherwise. */
  readonly children: readonly BuiltLayer[];
  forward<T>(ops: Ops<T>, x: T, weight: WeightLookup<T>): T;
}
