import type { Graph, GraphTensor } from './graph.js';
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
 * Softmax and cross-entropy in one kernel, from float32 logits [N, classes] and int32 labels [N].
 * With smoothing s the targets are (1 − s) · one-hot + s / classes (Szegedy et al. 2016).
 */
function crossEntropy(g: Graph, logits: GraphTensor, labels: GraphTensor, smoothing: number): Loss {
  const outputs = [
    ['float', labels.shape],
    ['float', logits.shape],
  ] as const;
  const types = { T: attr.type('float') };
  let made: GraphTensor[];
  if (smoothing === 0) {
    const attrs = { ...types, Tlabels: attr.type('int32') };
    made = g.nodes('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], attrs, outputs);
  } else {
    const targets = smoothedTargets(g, labels, logits.shape, smoothing);
    made = g.nodes('SoftmaxCrossEntropyWithLogits', [logits, targets], types, outputs);
  }
  const [losses, dLogits] = made as [GraphTensor, GraphTensor];
  return { losses, dLogits };
}

/** The same of the logarithm of the softmax: −Σ target · log p, whose gradient is p − target. */
function plainCrossEntropy(g: Graph, logits: GraphTensor, labels: GraphTensor, smoothing: number): Loss {
  const targets = smoothedTargets(g, labels, logits.shape, smoothing);
  const logs = g.map('LogSoftmax', [logits]);
  const losses = g.map('Neg', [g.reduce('Sum', g.map('Mul', [targets, logs]), [1])]);
  return { losses, dLogits: g.map('Sub', [g.map('Softmax', [logits]), targets]) };
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
  const attrs = { T: attr.type('float'), Tidx: attr.type('int32'), output_type: attr.type('int32') };
  const predicted = g.node('ArgMax', [logits, g.constant('int32', [1], [])], attrs, 'int32', labels.shape);
  // Compared as floats: TensorFlow compares int32 on the CPU, for which a GPU would wait in each step.
  const equal = g.node(
    'Equal',
    [g.cast(predicted, 'float'), g.cast(labels, 'float')],
    { T: attr.type('float') },
    'bool',
    labels.shape,
  );
  return g.reduce('Sum', g.cast(equal, 'float'), [0]);
}
