import { OutOfMemoryError } from '../errors.js';
import type { Model } from './model.js';

/** Bytes that a training step holds at the least: what layers keep of a whole batch for the backward pass, weights and gradients. */
export function leastStepBytes(model: Model, batchSize: number, bytesPerValue: number): number {
  const kept = model.layers.reduce((sum, layer) => sum + layer.keptValues, 0);
  return kept * batchSize * bytesPerValue + 2 * 4 * model.parameters.total;
}

/** Whether the state of its training is so large that memory counts more than the time to allocate it: gigabytes, with Adam's slots. */
export function isLarge({ parameters }: Model): boolean {
  return 4 * parameters.total >= 2 ** 29;
}

/**
 * Refuses a step that cannot fit, before it starts. On a CPU nothing else would: Linux promises more memory than it
 * has and kills the process when it is used, and where the promise is refused, TensorFlow's oneDNN convolution
 * crashes on the missing buffer.
 * @throws OutOfMemoryError
 */
export function requireStepMemory(least: number, machineBytes: number, batchSize: number): void {
  if (least <= machineBytes) return;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
  const fitting = Math.max(1, Math.floor((batchSize * machineBytes) / least / 4));
  throw new OutOfMemoryError(
    `a training step of ${batchSize} images needs more than ${gigabytes(least)}, and this machine has ${gigabytes(machineBytes)}`,
    { hint: `Lower --batch-size, to about ${fitting} or less, or make the layers smaller.` },
  );
}
