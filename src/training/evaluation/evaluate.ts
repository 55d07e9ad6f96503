import type { Evaluation, Trainer, WeightSet } from '../../engine/engine.js';
import type { ValidationProgress } from '../contracts/events.js';

/** Thrown to end an evaluation whose result is no longer wanted. */
export class Abandoned extends Error {}

/**
 * Evaluates pool images and reports its progress. Returns undefined when `abandon` says so between two batches:
 * somebody who stops a run does not want to wait for 15,000 images.
 */
export async function* evaluateWithProgress(
  trainer: Trainer,
  what: ValidationProgress['what'],
  indices: Int32Array,
  weights: WeightSet,
  abandon: () => boolean,
): AsyncGenerator<ValidationProgress, Evaluation | undefined> {
  const total = indices.length;
  let done = 0;
  let reported = 0;
  let wake = () => {};
  const evaluation = trainer
    .evaluate(indices, weights, (count) => {
      if (abandon()) throw new Abandoned();
      done = count;
      wake();
    })
    .then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
  for (;;) {
    const next = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined);
    });
    const settled = done > reported ? undefined : await Promise.race([evaluation, next]);
    if (done > reported) {
      reported = done;
      yield { event: 'validation_progress', what, done, total };
    } else if (settled !== undefined) {
      if ('result' in settled) return settled.result;
      if (settled.error instanceof Abandoned) return undefined;
      throw settled.error;
    }
  }
}
