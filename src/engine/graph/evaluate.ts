import type { TrainerSpec, WeightSet } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import { gather, scaleBytes, stepLabels } from './images.js';
import { CROSS_ENTROPY, type CrossEntropy } from './loss.js';
import { GraphOps } from './ops.js';
import { COMPUTE } from './proto.js';
import type { Variables } from './variables.js';

export interface EvaluateFunction {
  /** [N] int32: images of the pool. */
  readonly indices: GraphTensor;
  /** float32 scalar: the sum of the images' losses. */
  readonly loss: GraphTensor;
  /** [N, classes]. */
  readonly probabilities: GraphTensor;
}

export interface PredictFunction {
  /** [N, height, width, channels] uint8. */
  readonly images: GraphTensor;
  /** [N, classes]. */
  readonly probabilities: GraphTensor;
}

export function evaluateFunction(
  g: Graph,
  spec: TrainerSpec,
  variables: Variables,
  set: WeightSet,
  crossEntropy: CrossEntropy,
): EvaluateFunction {
  const indices = g.placeholder('int32', [-1]);
  const logits = infer(g, spec, variables, set, gather(g, variables.images, indices));
  const { losses } = CROSS_ENTROPY[crossEntropy](g, logits, stepLabels(g, variables, indices));
  return { indices, loss: g.reduce('Sum', losses, [0]), probabilities: g.map('Softmax', [logits]) };
}

export function predictFunction(g: Graph, spec: TrainerSpec, variables: Variables, set: WeightSet): PredictFunction {
  const images = g.placeholder('uint8', [-1, ...spec.model.inputShape]);
  return { images, probabilities: g.map('Softmax', [infer(g, spec, variables, set, images)]) };
}

/** Bytes [N, height, width, channels] → float32 logits [N, classes]. */
function infer(
  g: Graph,
  { model, precision }: TrainerSpec,
  variables: Variables,
  set: WeightSet,
  bytes: GraphTensor,
): GraphTensor {
  const ops = new GraphOps(g, COMPUTE[precision]);
  return g.cast(
    model.logits(ops, scaleBytes(g, bytes), (name) => variables.weight(name, set).read()),
    'float',
  );
}
