import type { Evaluation, Trainer, WeightSet } from '../../engine/engine.js';
import type { ValidationProgress } from '../contracts/events.js';

/** Thrown out of an evaluation whose result nobody will wait for. */
class Abandoned extends Error {}

/**
 * Evaluates pool images and tells how far it is. Returns undefined when `abandon` says so between two batches: a
 * person who stops a run does not wait for 15,000 images.
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
  let told = 0;
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
    const settled = done > told ? undefined : await Promise.race([evaluation, next]);
    if (done > told) {
      told = done;
      yield { event: 'validation_progress', what, done, total };
    } else if (settled !== undefined) {
      if ('result' in settled) return settled.result;
      if (settled.error instanceof Abandoned) return undefined;
      throw settled.error;
    }
  }
}
