import type { BatchNormOptions, BatchNormWeights } from '../../model/ops.js';
import { type Normalised, normaliseByLoops } from './batch-norm-loops.js';
import { runsAsLoop } from './elementwise.js';
import type { Graph, GraphTensor } from './graph.js';
import type { TrainingPass } from './pass.js';
import { attr } from './proto.js';
import type { Differentiable, Rule } from './tape.js';

/** Channels that oneDNN normalises at once: of a number that is no multiple it takes one by one in bfloat16, 20 times as slow. */
const VECTOR = 16;

/** Normalises [N, H, W, C] by the batch's statistics and updates the moving ones (Ioffe & Szegedy 2015). */
export function batchNormTraining(
  g: Graph,
  pass: TrainingPass,
  x: GraphTensor,
  weights: BatchNormWeights<GraphTensor>,
  { momentum, epsilon }: BatchNormOptions,
): Differentiable {
  const { gamma, beta, movingMean, movingVariance } = weights;
  const scale = gamma ?? fill(g, movingMean.shape, 1);
  const offset = beta ?? fill(g, movingMean.shape, 0);
  const normalise = !fillsVectors(x) && runsAsLoop(g, x) ? normaliseByLoops : normaliseByKernels;
  const { y, mean, variance, gradients } = normalise(g, x, scale, offset, epsilon);
  moveStatistic(g, pass, movingMean, mean, momentum);
  moveStatistic(g, pass, movingVariance, variance, momentum);

  // All three come at once; emit them for whichever input asks first.
  let emitted: readonly GraphTensor[] | undefined;
  const rule =
    (index: number): Rule =>
    (dy) => {
      emitted ??= gradients(dy);
      return emitted[index] as GraphTensor;
    };
  const inputs: [GraphTensor, Rule][] = [[x, rule(0)]];
  if (gamma) inputs.push([gamma, rule(1)]);
  if (beta) inputs.push([beta, rule(2)]);
  return { y, inputs };
}

function normaliseByKernels(
  g: Graph,
  x: GraphTensor,
  scale: GraphTensor,
  offset: GraphTensor,
  epsilon: number,
): Normalised {
  const wide = forKernel(g, x);
  const none = g.constant('float', [], [0]);
  const attrs = kernelAttrs(wide, epsilon, true);
  const channels = ['float', scale.shape] as const;
  const [y, mean, variance, ...reserved] = g.nodes('FusedBatchNormV3', [wide, scale, offset, none, none], attrs, [
    [wide.dtype, x.shape],
    ...Array.from({ length: 5 }, () => channels),
  ]) as [GraphTensor, GraphTensor, GraphTensor, ...GraphTensor[]];
  const gradients = (dy: GraphTensor) => {
    const inputs = [g.cast(dy, wide.dtype), wide, scale, ...reserved];
    const outputs = [[wide.dtype, x.shape] as const, channels, channels];
    const [dx, ...others] = g.nodes('FusedBatchNormGradV3', inputs, attrs, outputs) as [GraphTensor, ...GraphTensor[]];
    return [g.cast(dx, x.dtype), ...others];
  };
  return { y: g.cast(y, x.dtype), mean, variance: populationVariance(g, x, variance), gradients };
}

/** Normalises by the moving statistics. */
export function batchNormInference(
  g: Graph,
  x: GraphTensor,
  { gamma, beta, movingMean, movingVariance }: BatchNormWeights<GraphTensor>,
  { epsilon }: BatchNormOptions,
): Differentiable {
  const channels = movingMean.shape;
  const wide = forKernel(g, x);
  const scale = gamma ?? fill(g, channels, 1);
  const inputs = [wide, scale, beta ?? fill(g, channels, 0), movingMean, movingVariance];
  const y = g.node('FusedBatchNormV3', inputs, kernelAttrs(wide, epsilon, false), wide.dtype, x.shape);
  // The statistics do not depend on x: what is left is a factor for each channel.
  const rule: Rule = (dy) => {
    const deviation = g.map('Sqrt', [g.map('AddV2', [movingVariance, g.scalar(epsilon)])]);
    return g.map('Mul', [dy, g.cast(g.map('RealDiv', [scale, deviation]), dy.dtype)]);
  };
  return { y: g.cast(y, x.dtype), inputs: [[x, rule]] };
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

function fillsVectors({ dtype, shape }: GraphTensor): boolean {
  return dtype !== 'bfloat16' || (shape[3] as number) % VECTOR === 0;
}

/** x in a type in which the kernels are fast. */
function forKernel(g: Graph, x: GraphTensor): GraphTensor {
  return fillsVectors(x) ? x : g.cast(x, 'float');
}

function kernelAttrs(x: GraphTensor, epsilon: number, training: boolean) {
  return {
    T: attr.type(x.dtype),
    U: attr.type('float'),
    epsilon: attr.float(epsilon),
    data_format: attr.string('NHWC'),
    is_training: attr.bool(training),
  };
}
