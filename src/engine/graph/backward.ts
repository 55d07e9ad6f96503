import type { Model } from '../../model/model.js';
import type { Forward } from './forward.js';
import type { Graph, GraphTensor } from './graph.js';

/** The gradients of the batch's mean loss by each trainable weight, by name. */
export function backward(g: Graph, model: Model, pass: Forward): Map<string, GraphTensor> {
  const { tape, weights, output, dLogits } = pass;
  const trainable = model.trainable.map(({ name }) => name);
  const mean = g.map('RealDiv', [dLogits, g.cast(g.batchOf(dLogits), 'float')]);
  const gradients = tape.gradients(
    output,
    g.cast(mean, output.dtype),
    trainable.map((name) => weights.get(name) as GraphTensor),
  );
  return new Map(trainable.map((name, i) => [name, gradients[i] as GraphTensor]));
}
