import { sizeOf } from '../../model/tensors.js';
import type { TrainerSpec, WeightSet } from '../engine.js';
import type { BatchEvaluation } from '../evaluate.js';
import { gatherImages, gatherLabels, scaleBytes } from './images.js';
import { EagerOps } from './ops.js';
import { softmax } from './softmax.js';
import * as tf from './tf.js';
import type { Variables } from './variables.js';

/** Loss and probabilities of images of the pool. */
export async function evaluateBatch(
  spec: TrainerSpec,
  variables: Variables,
  set: WeightSet,
  indices: Int32Array,
): Promise<BatchEvaluation> {
  const { model, pool } = spec;
  const logits = await infer(spec, variables, set, gatherImages(pool, indices, model.inputShape));
  const { probabilities, logSums } = softmax(logits, model.classes);
  const labels = gatherLabels(pool, indices);
  const trueLogit = (row: number) => logits[row * model.classes + (labels[row] as number)] as number;
  const loss = logSums.reduce((sum, logSum, row) => sum + logSum - trueLogit(row), 0);
  return { loss, probabilities };
}

/** Bytes [N, height, width, channels] → probabilities [N, classes]. */
export async function predictBatch(
  spec: TrainerSpec,
  variables: Variables,
  set: WeightSet,
  images: Uint8Array,
): Promise<Float32Array> {
  return softmax(await infer(spec, variables, set, scaleBytes(images)), spec.model.classes).probabilities;
}

/** Floats in [0, 1], [N, height, width, channels] → logits [N, classes]. */
async function infer(
  { model }: TrainerSpec,
  variables: Variables,
  set: WeightSet,
  images: Float32Array,
): Promise<Float32Array> {
  const logits = tf.tidy(() => {
    const batch = tf.tensor(images, [images.length / sizeOf(model.inputShape), ...model.inputShape]);
    return model.logits<tf.Tensor>(new EagerOps(), batch, (name) => variables.weight(name, set));
  });
  const values = await logits.data<'float32'>();
  logits.dispose();
  return values;
}
