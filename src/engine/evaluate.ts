import { setImmediate } from 'node:timers/promises';
import type { Evaluation } from './engine.js';

/** Index of each row's first largest value: [N, classes] → [N]. */
export function argMax(rows: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: rows.length / classes }, (_, row) => {
    const values = rows.subarray(row * classes, (row + 1) * classes);
    return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
  });
}

interface EvaluationRequest {
  /** Pool images to evaluate, and the pool's labels. */
  readonly indices: Int32Array;
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly batchSize: number;
  readonly onProgress: ((done: number) => void) | undefined;
}

/** What a forward pass gives of a batch. */
export interface BatchEvaluation {
  /** Sum of the images' losses. */
  readonly loss: number;
  /** [batch, classes]. */
  readonly probabilities: Float32Array;
}

/** Evaluates in batches, with a turn of the event loop after each, so that memory and waiting stay bounded. */
export async function evaluateInBatches(
  { indices, labels, classes, batchSize, onProgress }: EvaluationRequest,
  forward: (indices: Int32Array) => Promise<BatchEvaluation>,
): Promise<Evaluation> {
  const probabilities = new Float32Array(indices.length * classes);
  let loss = 0;
  for (let from = 0; from < indices.length; from += batchSize) {
    const batch = indices.slice(from, from + batchSize);
    const evaluated = await forward(batch);
    loss += evaluated.loss;
    probabilities.set(evaluated.probabilities, from * classes);
    onProgress?.(from + batch.length);
    await setImmediate();
  }
  const correct = argMax(probabilities, classes).filter((guess, i) => guess === labels[indices[i] as number]).length;
  return { loss: loss / indices.length, accuracy: correct / indices.length, probabilities };
}

interface PredictionRequest {
  /** [N, H, W, C] bytes, `imageSize` of them an image. */
  readonly images: Uint8Array;
  readonly imageSize: number;
  readonly classes: number;
  readonly batchSize: number;
}

/** [N, classes] probabilities, computed in batches. */
export async function predictInBatches(
  { images, imageSize, classes, batchSize }: PredictionRequest,
  forward: (images: Uint8Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const probabilities = new Float32Array((images.length / imageSize) * classes);
  for (let from = 0; from * imageSize < images.length; from += batchSize) {
    const batch = images.slice(from * imageSize, (from + batchSize) * imageSize);
    probabilities.set(await forward(batch), from * classes);
    await setImmediate();
  }
  return probabilities;
}
