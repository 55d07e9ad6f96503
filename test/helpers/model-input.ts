import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import { modelInput } from '../../src/datasets/spec.js';

/** What models for Fashion-MNIST are built for. */
export const FASHION_MNIST = modelInput(fashionMnist);
