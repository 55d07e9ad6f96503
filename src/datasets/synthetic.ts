import { fashionMnist } from './fashion-mnist.js';
import type { SyntheticDataset } from './spec.js';

/** A small stand-in for Fashion-MNIST in smoke runs without data. */
export const synthetic = {
  kind: 'synthetic',
  name: 'synthetic',
  title: 'synthetic images, not Fashion-MNIST',
  imageShape: fashionMnist.imageShape,
  classes: fashionMnist.classes,
  onBlack: true,
  trainCount: 2_000,
  testCount: 500,
} as const satisfies SyntheticDataset;
