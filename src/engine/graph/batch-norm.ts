import type { BatchNormOptions, BatchNormWeights } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import type { TrainingPass } from './pass.js';
import { attr } from './proto.js';
import type { Differentiable, Rule } from './tape.js';

/** Normalises [N, H, W, C] by the batch's statistics and updates the moving ones (Ioffe & Szegedy 2015). */
export function batchNormTraining(
  g: Graph,
  pass: TrainingPass,
  x: GraphTensor,
  weights: BatchNormWeights<GraphTensor>,
  { momentum, epsilon }: BatchNormOptions,
): Differentiable {
  const { movingMean, movingVariance } = weights;
  const channels = movingMean.shape;
  const scale = weights.gamma ?? fill(g, channels, 1);
  const offset = weights.beta ?? fill(g, channels, 0);
  const none = g.constant('float', [], [0]);
  const attrs = {
    ...types(x),
    epsilon: attr.float(epsilon),
    data_format: attr.string('NHWC'),
    is_training: attr.bool(true),
  };
  const [y, mean, variance, ...reserved] = g.nodes('FusedBatchNormV3', [x, scale, offset, none, none], attrs, [
    [x.dtype, x.shape],
    ...Array.from({ length: 5 }, () => ['float', channels] as const),
  ]) as [GraphTensor, GraphTensor, GraphTensor, ...GraphTensor[]];

  moveStatistic(g, pass, movingMean, mean, momentum);
  moveStatistic(g, pass, movingVariance, populationVariance(g, x, variance), momentum);

  // The gradient kernel gives all three at once; emit it for whichever input asks first.
  let gradients: GraphTensor[] | undefined;
  const rule =
    (index: number): Rule =>
    (dy) => {
      gradients ??= g.nodes('FusedBatchNormGradV3', [dy, x, scale, ...reserved], attrs, [
        [x.dtype, x.shape],
        ['float', channels],
        ['float', channels],
      ]);
      return gradients[index] as GraphTensor;
    };
  const inputs: [GraphTensor, Rule][] = [[x, rule(0)]];
  if (weights.gamma) inputs.push([weights.gamma, rule(1)]);
  if (weights.beta) inputs.push([weights.beta, rule(2)]);
  return { y, inputs };
}

/** Normalises by the moving statistics. */
export function batchNormInference(
  g: Graph,
  x: GraphTensor,
  { gamma, beta, movingMean, movingVariance }: BatchNormWeights<GraphTensor>,
  { epsilon }: BatchNormOptions,
): Differentiable {
  const channels = movingMean.shape;
  const attrs = {
    ...types(x),
    epsilon: attr.float(epsilon),
    data_format: attr.string('NHWC'),
    is_training: attr.bool(false),
  };
  const scale = gamma ?? fill(g, channels, 1);
  const inputs = [x, scale, beta ?? fill(g, channels, 0), movingMean, movingVariance];
  const y = g.node('FusedBatchNormV3', inputs, attrs, x.dtype, x.shape);
  // The statistics do not depend on x: what is left is a factor for each channel.
  const rule: Rule = (dy) => {
    const deviation = g.map('Sqrt', [g.map('AddV2', [movingVariance, g.scalar(epsilon)])]);
    return g.map('Mul', [dy, g.cast(g.map('RealDiv', [scale, deviation]), dy.dtype)]);
  };
  return { y, inputs: [[x, rule]] };
}

/** The kernel's variance is divided by n − 1; Keras' moving variance takes the one divided by n. */
function populationVariance(g: Graph, x: GraphTensor, variance: GraphTensor): GraphTensor {
  const size = g.node('Size', [x], { T: attr.type(x.dtype), out_type: attr.type('int32') }, 'int32', []);
  const n = g.map('RealDiv', [g.cast(size, 'float'), g.scalar(x.shape[3] as number)]);
  const ratio = g.map('RealDiv', [g.map('Sub', [n, g.scalar(1)]), n]);
  return g.map('Mul', [variance, ratio]);
}

/** moving = momentum · moving + (1 − momentum) · batch. */
function moveStatistic(g: Graph, pass: TrainingPass, moving: GraphTensor, batch: GraphTensor, momentum: number): void {
  const kept = g.map('Mul', [moving, g.scalar(momentum)]);
  const next = g.map('AddV2', [kept, g.map('Mul', [batch, g.scalar(1 - momentum)])]);
  pass.update(pass.variableOf(moving).assign(next));
}

function fill(g: Graph, shape: readonly number[], value: number): GraphTensor {
  return g.constant('float', new Array(shape[0] as number).fill(value), shape);
}

function types(x: GraphTensor) {
  return { T: attr.type(x.dtype), U: attr.type('float') };
}
