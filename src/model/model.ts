import type { BuiltLayer, WeightLookup, WeightSpec } from './layer.js';
import type { Ops } from './ops.js';
import type { Shape } from './tensors.js';

/** A classifier with all shapes known. */
export interface Model {
  readonly name: string;
  readonly inputShape: Shape;
  readonly classes: number;
  readonly layers: readonly BuiltLayer[];
  /** Every weight in layer order, nested layers included. */
  readonly weights: readonly WeightSpec[];
  /** Those that training changes. */
  readonly trainable: readonly WeightSpec[];
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** Floating-point operations of one image's forward pass. */
  readonly flops: number;
  /** [N, ...inputShape] images in [0, 1] → [N, classes] logits: the final softmax is left to the loss or to the prediction. */
  logits<T>(ops: Ops<T>, images: T, weight: WeightLookup<T>): T;
}
