import type { TrainerSpec } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import { type BatchInputs, column, gatherRows } from './images.js';
import { attr } from './proto.js';

export interface Loss {
  /** [N]: each image's cross-entropy. */
  readonly losses: GraphTensor;
  /** [N, classes]: the gradient of each image's loss by its logits. */
  readonly dLogits: GraphTensor;
}

/** By TensorFlow's kernel; by plain operations where it refuses, on a GPU that must give the same bytes each time. */
export const CROSS_ENTROPY = { kernel: crossEntropy, plain: plainCrossEntropy };
export type CrossEntropy = keyof typeof CROSS_ENTROPY;

/**
 * Softmax and cross-entropy in one kernel, from float32 logits [N, classes] and int32 labels [N], or from targets
 * [N, classes] float32 in their place.
 */
function crossEntropy(g: Graph, logits: GraphTensor, labels: GraphTensor, targets?: GraphTensor): Loss {
  const outputs = [
    ['float', labels.shape],
    ['float', logits.shape],
  ] as const;
  const types = { T: attr.type('float') };
  let made: GraphTensor[];
  if (targets === undefined) {
    const attrs = { ...types, Tlabels: attr.type('int32') };
    made = g.nodes('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], attrs, outputs);
  } else {
    made = g.nodes('SoftmaxCrossEntropyWithLogits', [logits, targets], types, outputs);
  }
  const [losses, dLogits] = made as [GraphTensor, GraphTensor];
  return { losses, dLogits };
}

/** The same of the logarithm of the softmax: −Σ target · log p, whose gradient is p − target. */
function plainCrossEntropy(
  g: Graph,
  logits: GraphTensor,
  labels: GraphTensor,
  targets: GraphTensor = smoothedTargets(g, labels, logits.shape, 0),
): Loss {
  const logs = g.map('LogSoftmax', [logits]);
  const losses = g.map('Neg', [g.reduce('Sum', g.map('Mul', [targets, logs]), [1])]);
  return { losses, dLogits: g.map('Sub', [g.map('Softmax', [logits]), targets]) };
}

/**
 * The targets of a training step, [batch, classes] float32, where they are more than labels: smoothed (Szegedy et al. 2016), or
 * mixed with the shares of a {@link MixedBatch}.
 */
export function stepTargets(
  g: Graph,
  labels: GraphTensor,
  { model, labelSmoothing, mixing }: TrainerSpec,
  { partners, shares }: Pick<BatchInputs, 'partners' | 'shares'>,
): GraphTensor | undefined {
  if (labelSmoothing === 0 && !mixing) return undefined;
  const own = smoothedTargets(g, labels, [labels.shape[0] ?? -1, model.classes], labelSmoothing);
  if (!mixing) return own;
  const others = gatherRows(g, own, partners);
  return g.map('AddV2', [others, g.map('Mul', [g.map('Sub', [own, others]), column(g, shares, 1)])]);
}

/** The class with the largest entry of each row, [N] int32. */
export function argMax(g: Graph, rows: GraphTensor): GraphTensor {
  const attrs = { T: attr.type('float'), Tidx: attr.type('int32'), output_type: attr.type('int32') };
  return g.node('ArgMax', [rows, g.constant('int32', [1], [])], attrs, 'int32', [rows.shape[0] ?? -1]);
}

/** (1 − s) · one-hot + s / classes: [N, classes] float32. */
function smoothedTargets(g: Graph, labels: GraphTensor, shape: readonly number[], smoothing: number): GraphTensor {
  const classes = shape[1] as number;
  const attrs = { T: attr.type('float'), TI: attr.type('int32'), axis: attr.int(-1) };
  const values = [g.scalar(1 - smoothing + smoothing / classes), g.scalar(smoothing / classes)];
  return g.node('OneHot', [labels, g.constant('int32', [classes], []), ...values], attrs, 'float', shape);
}

/** How many logits' largest entry is the label: a float32 scalar. */
export function countCorrect(g: Graph, logits: GraphTensor, labels: GraphTensor): GraphTensor {
  // Compared as floats: TensorFlow compares int32 on the CPU, for which a GPU would wait in each step.
  const equal = g.node(
    'Equal',
    [g.cast(argMax(g, logits), 'float'), g.cast(labels, 'float')],
    { T: attr.type('float') },
    'bool',
    labels.shape,
  );
  return g.reduce('Sum', g.cast(equal, 'float'), [0]);
}
