import { type Tta, VIEWS, viewImages } from '../../augment/views.js';
import { argMax } from '../../engine/evaluate.js';
import type { ImageShape, LabelledImages } from '../../image.js';

/** Loss and accuracy of probabilities that no engine has evaluated. */
interface TtaResult {
  readonly loss: number;
  readonly accuracy: number;
  /** [N, classes]: the weighted mean of the views' probabilities. */
  readonly probabilities: Float32Array;
}

/**
 * Test-time augmentation.
 *
 * @param plain the probabilities of the images as they are, [N, classes]
 * @param predict gives those of other images
 */
export async function testTimeAugmented(
  tta: Tta,
  plain: Float32Array,
  { images, labels }: LabelledImages,
  shape: ImageShape,
  predict: (images: Uint8Array) => Promise<Float32Array>,
): Promise<TtaResult> {
  const [first, ...others] = VIEWS[tta];
  const sums = Float64Array.from(plain, (value) => value * (first?.weight ?? 1));
  for (const view of others) {
    const probabilities = await predict(viewImages(images, view, shape));
    for (const [i, value] of probabilities.entries()) sums[i] = (sums[i] ?? 0) + value * view.weight;
  }
  const probabilities = Float32Array.from(sums);
  const classes = probabilities.length / labels.length;
  const correct = argMax(probabilities, classes).filter((guess, i) => guess === labels[i]).length;
  return { loss: crossEntropy(probabilities, labels, classes), accuracy: correct / labels.length, probabilities };
}

/** Keras' clipping of probabilities. */
const EPSILON = 1e-7;

function crossEntropy(probabilities: Float32Array, labels: Uint8Array, classes: number): number {
  const losses = Array.from(labels, (label, i) => {
    const probability = probabilities[i * classes + label] ?? 0;
    return -Math.log(Math.max(probability, EPSILON));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}
