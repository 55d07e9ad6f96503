import type { Activation } from '../ops.js';
import type { Shape } from '../tensors.js';

/** A layer in a line of Python. */
export interface TorchLine {
  /** What it takes. */
  readonly x: string;
  /** Its module, e.g. `self.conv2d_1`. */
  readonly self: string;
  readonly inputShape: Shape;
  /** A value with the layer's activation; the last layer's softmax is left to the caller. */
  activated(value: string, kind: Activation): string;
}

/** One array of a module's state, made of a weight of the layer. */
export interface TorchWeight {
  /** In the module's `state_dict`, e.g. `weight`. */
  readonly name: string;
  /** The layer's weight, e.g. `kernel`. */
  readonly from: string;
  /** The dimensions in PyTorch's order. */
  readonly axes?: readonly number[];
  /** Dimensions that are one in PyTorch. */
  readonly reshaped?: (shape: Shape) => Shape;
  /** Whether its rows are features, which PyTorch flattens channels first. */
  readonly features?: boolean;
  /** A vector of this where the layer has no such weight, but PyTorch's has. */
  readonly missing?: number;
}

/** A layer in PyTorch's words: images are [N, C, H, W], features [N, C]. */
export interface TorchLayer<Options> {
  /** What it is in `__init__`; left out for a layer that keeps nothing. */
  module?(options: Options, inputShape: Shape): string;
  forward(options: Options, line: TorchLine): string;
  readonly state?: readonly TorchWeight[];
}
