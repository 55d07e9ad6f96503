import { type Activation, LEAKY_SLOPE } from '../ops.js';
import type { TorchLine, TorchWeight } from './torch-layer.js';
import { samePadding, type Window } from './window.js';

/** [H, W, in, out] is [out, in, H, W] in PyTorch. */
export const OIHW = [3, 2, 0, 1] as const;

export const TORCH_BIAS: TorchWeight = { name: 'bias', from: 'bias' };

export function torchPair([rows, columns]: readonly [number, number]): string {
  return `(${rows}, ${columns})`;
}

export function torchBool(value: boolean): string {
  return value ? 'True' : 'False';
}

/** The image with TensorFlow's padding, which PyTorch's even one cannot say. */
export function torchPadded({ x, inputShape }: TorchLine, window: Window, value: string): string {
  const { size, strides, padding, dilationRate = [1, 1] } = window;
  if (padding === 'valid') return x;
  const along = (i: 0 | 1) => samePadding(inputShape[i] ?? 1, (size[i] - 1) * dilationRate[i] + 1, strides[i]);
  const pads = [...along(1), ...along(0)];
  return pads.every((n) => n === 0) ? x : `F.pad(${x}, (${pads.join(', ')}), value=${value})`;
}

/** The channels are the second dimension of images and of features. */
export const TORCH_ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => `F.relu(${x})`,
  leakyRelu: (x) => `F.leaky_relu(${x}, ${LEAKY_SLOPE})`,
  elu: (x) => `F.elu(${x})`,
  gelu: (x) => `F.gelu(${x})`,
  geluApproximate: (x) => `F.gelu(${x}, approximate="tanh")`,
  silu: (x) => `F.silu(${x})`,
  tanh: (x) => `torch.tanh(${x})`,
  sigmoid: (x) => `torch.sigmoid(${x})`,
  softmax: (x) => `${x}.softmax(1)`,
} satisfies Record<Activation, (x: string) => string>;
