import type { TestPredictions } from '../training/contracts/recorder.js';
import type { Calibration } from './schema.js';

const BINS = 15;

/**
 * How often the model is right when it is so sure: images in bins of equal width by the probability of the predicted
 * class, and the expected calibration error over them (Guo et al. 2017, https://arxiv.org/abs/1706.04599).
 */
export function calibrationOf({ labels, probabilities }: TestPredictions): Calibration {
  const classes = probabilities.length / labels.length;
  const bins = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, hits: 0 }));
  labels.forEach((label, i) => {
    const { predicted, probability } = topClass(probabilities, i, classes);
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.ceil(probability * BINS) - 1))];
    if (bin === undefined) return;
    bin.count++;
    bin.confidence += probability;
    bin.hits += predicted === label ? 1 : 0;
  });
  const filled = bins
    .map(({ count, confidence, hits }, i) => ({
      from: i / BINS,
      to: (i + 1) / BINS,
      count,
      confidence: confidence / count,
      accuracy: hits / count,
    }))
    .filter(({ count }) => count > 0);
  const error = filled.reduce((sum, bin) => sum + bin.count * Math.abs(bin.accuracy - bin.confidence), 0);
  return { bins: filled, expectedCalibrationError: error / labels.length };
}

/** The first likeliest class of image `i`; the first class, with 0, where its probabilities are NaN. */
export function topClass(probabilities: Float32Array, i: number, classes: number) {
  let predicted = 0;
  let probability = 0;
  for (let c = 0; c < classes; c++) {
    const value = probabilities[i * classes + c] ?? 0;
    if (value > probability) [predicted, probability] = [c, value];
  }
  return { predicted, probability };
}
