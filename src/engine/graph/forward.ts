import type { TrainerSpec } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import { type BatchInputs, stepImages, stepLabels } from './images.js';
import { argMax, CROSS_ENTROPY, type CrossEntropy, countCorrect, stepTargets } from './loss.js';
import { GraphOps } from './ops.js';
import { COMPUTE } from './proto.js';
import { Tape } from './tape.js';
import type { Variable, Variables } from './variables.js';

/** One training batch through the model. */
export interface Forward {
  readonly tape: Tape;
  /** By name, as they were read. */
  readonly weights: ReadonlyMap<string, GraphTensor>;
  /** What the model gives, [batch, classes], in the type of the matrix work. */
  readonly output: GraphTensor;
  /** [batch, classes] float32: the gradient of each image's loss by its logits. */
  readonly dLogits: GraphTensor;
  /** float32 scalars: the sum of the images' losses and the number of correct answers. */
  readonly loss: GraphTensor;
  readonly correct: GraphTensor;
  /** The writes of new moving statistics. */
  readonly written: readonly GraphTensor[];
}

/** Emits a training batch's way to its loss, reading the weights once `before` has run. */
export function forward(
  g: Graph,
  spec: TrainerSpec,
  variables: Variables,
  inputs: BatchInputs,
  before: readonly GraphTensor[],
  crossEntropy: CrossEntropy,
): Forward {
  const { model, precision, seed } = spec;
  const weights = new Map(model.weights.map(({ name }) => [name, variables.get(name).read(before)]));
  const variableOf = new Map([...weights].map(([name, tensor]) => [tensor, variables.get(name)]));
  const tape = new Tape(g);
  const written: GraphTensor[] = [];
  const ops = new GraphOps(g, COMPUTE[precision], {
    tape,
    step: inputs.step,
    seed,
    variableOf: (tensor) => variableOf.get(tensor) as Variable,
    update: (write) => written.push(write),
  });
  const images = inputs.images ?? stepImages(g, variables, inputs, spec);
  const labels = stepLabels(g, variables, inputs.indices);
  const output = model.logits(ops, images, (name) => weights.get(name) as GraphTensor);
  const logits = g.cast(output, 'float');
  const targets = stepTargets(g, labels, spec, inputs);
  const { losses, dLogits } = CROSS_ENTROPY[crossEntropy](g, logits, labels, targets);
  const loss = g.reduce('Sum', losses, [0]);
  // Of a mixed image the class with the greater share counts.
  const right = spec.mixing && targets ? argMax(g, targets) : labels;
  return { tape, weights, output, dLogits, loss, correct: countCorrect(g, logits, right), written };
}
