import type { TrainerSpec } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import { GraphOps } from './graph-ops.js';
import { erased, gather, normalise, transformed } from './images.js';
import { correct, crossEntropy } from './loss.js';
import { optimizerRule, type StepScalars } from './optimizers.js';
import { attr } from './proto.js';
import { Tape } from './tape.js';
import { COMPUTE, found, type Variable, type Variables } from './variable.js';

/** One or more optimizer steps in a row, as one call. */
export interface TrainFunction {
  readonly steps: number;
  /** [steps, batch] int32. */
  readonly indices: GraphTensor;
  /** [steps] int32: counts from 0, keys dropout. */
  readonly step: GraphTensor;
  /** [steps, 3]: learning rate, β₁ᵗ, β₂ᵗ. */
  readonly scalars: GraphTensor;
  /** [steps, batch, 8] float32 and [steps, batch, 4] int32, where the spec asks for online augmentation. */
  readonly transforms: GraphTensor;
  readonly erase: GraphTensor;
  /** [steps, 2] float32: the sum of the losses and the number of correct answers, before the update. */
  readonly metrics: GraphTensor;
  /** Of the first step, by trainable weight, clipped if the spec says so. */
  readonly gradients: ReadonlyMap<string, GraphTensor>;
}

/** Inputs of one step. */
interface StepInputs {
  readonly indices: GraphTensor;
  readonly step: GraphTensor;
  readonly scalars: StepScalars;
  readonly transforms: GraphTensor;
  readonly erase: GraphTensor;
}

/** Emits `steps` steps on batches of `batch` images (−1: known when it runs), each reading what the one before wrote. */
export function trainFunction(
  g: Graph,
  spec: TrainerSpec,
  variables: Variables,
  steps: number,
  batch: number,
): TrainFunction {
  const inputs = {
    indices: g.placeholder('int32', [steps, batch]),
    step: g.placeholder('int32', [steps]),
    scalars: g.placeholder('float', [steps, 3]),
    transforms: g.placeholder('float', [steps, batch, 8]),
    erase: g.placeholder('int32', [steps, batch, 4]),
  };
  const rows = Object.entries(inputs).map(([name, tensor]) => [name, unstack(g, tensor)] as const);
  const metrics: GraphTensor[] = [];
  let gradients: ReadonlyMap<string, GraphTensor> = new Map();
  let written: readonly GraphTensor[] = [];
  for (let i = 0; i < steps; i++) {
    const row = Object.fromEntries(rows.map(([name, tensors]) => [name, tensors[i]])) as Record<
      keyof typeof inputs,
      GraphTensor
    >;
    const [learningRate, beta1Power, beta2Power] = unstack(g, row.scalars) as [GraphTensor, GraphTensor, GraphTensor];
    const scalars = { learningRate, beta1Power, beta2Power };
    const made = trainStep(g, spec, variables, { ...row, scalars }, written);
    written = made.written;
    metrics.push(g.after(made.metrics, written));
    if (i === 0) gradients = made.gradients;
  }
  return { steps, ...inputs, metrics: stack(g, metrics), gradients };
}

function trainStep(
  g: Graph,
  spec: TrainerSpec,
  { images, labels, state, scratch }: Variables,
  inputs: StepInputs,
  before: readonly GraphTensor[],
): { metrics: GraphTensor; written: GraphTensor[]; gradients: ReadonlyMap<string, GraphTensor> } {
  const weights = new Map(spec.model.weights.map(({ name }) => [name, found(state, name).read(before)] as const));
  const weight = (name: string) => weights.get(name) as GraphTensor;
  const variableOf = new Map([...weights].map(([name, tensor]) => [tensor, found(state, name)]));

  const tape = new Tape(g);
  const written: GraphTensor[] = [];
  const ops = new GraphOps(g, COMPUTE[spec.precision], {
    tape,
    step: inputs.step,
    seed: spec.seed,
    variableOf: (tensor) => variableOf.get(tensor) as Variable,
    update: (write) => written.push(write),
  });

  let batch = normalise(g, gather(g, images, inputs.indices));
  if (spec.onlineAugmentation) {
    batch = erased(g, transformed(g, batch, inputs.transforms), inputs.erase, spec.model.inputShape);
  }
  const truth = g.cast(gather(g, labels, inputs.indices), 'int32');
  const output = spec.model.logits(ops, batch, weight);
  const logits = g.cast(output, 'float');
  const { losses, dLogits } = crossEntropy(g, logits, truth, spec.labelSmoothing);
  const metrics = stack(g, [g.reduce('Sum', losses, [0]), correct(g, logits, truth)]);

  const trainable = spec.model.weights.filter((w) => w.trainable);
  const mean = g.map('RealDiv', [dLogits, g.cast(g.batchOf(logits), 'float')]);
  const raw = tape.gradients(
    output,
    g.cast(mean, output.dtype),
    trainable.map(({ name }) => weight(name)),
  );
  const gradients = spec.clipNorm === undefined ? raw : clipped(g, raw, spec.clipNorm);

  const rule = optimizerRule(spec.optimizer);
  for (const [i, { name, decay }] of trainable.entries()) {
    const variable = found(state, name);
    const update = rule.apply(g, {
      variable,
      gradient: gradients[i] as GraphTensor,
      slot: (slot) => {
        const full = `${spec.optimizer.type}/${slot}/${name}`;
        return state.get(full) ?? found(scratch, full);
      },
      scalars: inputs.scalars,
      decay,
      // Once all readers are done nobody shares the buffer, and the kernel updates it without copying it first.
      after: g.consumers(weight(name)),
    });
    written.push(update);
    if (spec.emaDecay !== undefined)
      written.push(average(g, variable, found(state, `ema/${name}`), spec.emaDecay, update));
  }
  return { metrics, written, gradients: new Map(trainable.map(({ name }, i) => [name, gradients[i] as GraphTensor])) };
}

/** Scales all gradients by limit / max(norm, limit), norm the L2 norm of all together (Pascanu et al. 2013). */
function clipped(g: Graph, gradients: readonly GraphTensor[], limit: number): GraphTensor[] {
  const halves = gradients.map((x) => g.node('L2Loss', [x], { T: attr.type('float') }, 'float', []));
  const square = g.map('Mul', [halves.reduce((a, b) => g.map('AddV2', [a, b])), g.scalar(2)]);
  const norm = g.map('Maximum', [g.map('Sqrt', [square]), g.scalar(limit)]);
  const scale = g.map('RealDiv', [g.scalar(limit), norm]);
  return gradients.map((x) => g.map('Mul', [x, scale]));
}

/** ema −= (1 − decay) · (ema − weight). */
function average(g: Graph, weight: Variable, ema: Variable, decay: number, update: GraphTensor): GraphTensor {
  const distance = g.map('Sub', [ema.read([update]), weight.read([update])]);
  return ema.assignSub(g.map('Mul', [distance, g.scalar(1 - decay)]));
}

function unstack(g: Graph, x: GraphTensor): GraphTensor[] {
  const [num = 0, ...rest] = x.shape;
  const attrs = { T: attr.type(x.dtype), num: attr.int(num), axis: attr.int(0) };
  return g.nodes(
    'Unpack',
    [x],
    attrs,
    Array.from({ length: num }, () => [x.dtype, rest] as const),
  );
}

function stack(g: Graph, parts: readonly GraphTensor[]): GraphTensor {
  const [first] = parts as [GraphTensor];
  const attrs = { T: attr.type(first.dtype), N: attr.int(parts.length), axis: attr.int(0) };
  return g.node('Pack', parts, attrs, first.dtype, [parts.length, ...first.shape]);
}
