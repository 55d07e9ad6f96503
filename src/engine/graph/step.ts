import type { TrainerSpec } from '../engine.js';
import { stepScalarNames } from '../step-scalars.js';
import { backward } from './backward.js';
import { clipByGlobalNorm } from './clip.js';
import { forward } from './forward.js';
import { compiledCall } from './function.js';
import type { Graph, GraphTensor } from './graph.js';
import { type BatchInputs, stepImages } from './images.js';
import type { CrossEntropy } from './loss.js';
import { l2Norms } from './norms.js';
import type { GraphOptimizer } from './optimizer.js';
import { attr } from './proto.js';
import { update } from './update.js';
import type { Variables } from './variables.js';

/** One or more optimizer steps in a row, as one call. */
export interface TrainFunction {
  readonly steps: number;
  /** [steps, batch] int32. */
  readonly indices: GraphTensor;
  /** [steps] int32: counts from 0, keys dropout. */
  readonly step: GraphTensor;
  /** [steps, scalars], in the order of `stepScalarNames`. */
  readonly scalars: GraphTensor;
  /** [steps, batch, 8] float32 and [steps, batch, 4] int32, where the spec asks for online augmentation. */
  readonly transforms: GraphTensor;
  readonly erase: GraphTensor;
  /** [steps, batch] int32, [steps, batch, 4] int32 and [steps, batch, 2] float32, where the spec asks for mixing. */
  readonly partners: GraphTensor;
  readonly boxes: GraphTensor;
  readonly shares: GraphTensor;
  /** [steps, 2] float32: the sum of the losses and the number of correct answers, before the update. */
  readonly metrics: GraphTensor;
}

/** Steps that can be looked into. */
export interface ObservedTrainFunction extends TrainFunction {
  /** Of the first step, by trainable weight, clipped if the spec says so. */
  readonly gradients: ReadonlyMap<string, GraphTensor>;
  /** Of the first step, by trainable weight: the L2 norms of the weights, and of the gradients before they are clipped. */
  readonly norms: StepNorms;
}

export type StepNorms = Readonly<Record<'weights' | 'gradients', ReadonlyMap<string, GraphTensor>>>;

/** Inputs of one step. */
interface StepInputs extends BatchInputs {
  readonly scalars: GraphTensor;
}

/** What all steps of a graph share. */
interface StepContext {
  readonly spec: TrainerSpec;
  readonly optimizer: GraphOptimizer;
  readonly variables: Variables;
  readonly crossEntropy: CrossEntropy;
}

/** Emits `steps` steps on batches of `batch` images (−1: known when it runs), each reading what the one before wrote. */
export function trainFunction(g: Graph, context: StepContext, steps: number, batch: number): ObservedTrainFunction {
  const inputs = placeholders(g, context, steps, batch);
  const made = trainSteps(g, context, rowsOf(g, inputs));
  const [{ gradients, raw }] = made as [Step];
  return { steps, ...inputs, metrics: metricsOf(g, made), gradients, norms: stepNorms(g, context, raw) };
}

/** The same, compiled by XLA, which has no kernel that transforms images: what is augmented is so before. */
export function compiledTrainFunction(g: Graph, context: StepContext, steps: number, batch: number): TrainFunction {
  const { spec, variables } = context;
  const inputs = placeholders(g, context, steps, batch);
  const { indices, step, scalars, partners, shares } = inputs;
  const images = () => rowsOf(g, inputs).map((row) => stepImages(g, variables, row, spec));
  const given = {
    ...{ indices, step, scalars },
    ...(spec.onlineAugmentation && { images: stack(g, images()) }),
    ...(spec.mixing && { partners, shares }),
  };
  const names = Object.keys(given);
  const tensors = [...Object.values(given), ...variables.handles()];
  const [metrics] = compiledCall(g, `train_${steps}`, tensors, (body, args) => {
    const inside = { ...context, variables: variables.within(body, args.slice(names.length)) };
    const rows = rowsOf(body, Object.fromEntries(names.map((name, i) => [name, args[i] as GraphTensor])));
    return [metricsOf(body, trainSteps(body, inside, rows))];
  }) as [GraphTensor];
  return { steps, ...inputs, metrics };
}

function placeholders(g: Graph, { spec, optimizer }: StepContext, steps: number, batch: number) {
  return {
    indices: g.placeholder('int32', [steps, batch]),
    step: g.placeholder('int32', [steps]),
    scalars: g.placeholder('float', [steps, stepScalarNames(spec, optimizer).length]),
    transforms: g.placeholder('float', [steps, batch, 8]),
    erase: g.placeholder('int32', [steps, batch, 4]),
    partners: g.placeholder('int32', [steps, batch]),
    boxes: g.placeholder('int32', [steps, batch, 4]),
    shares: g.placeholder('float', [steps, batch, 2]),
  };
}

/** One row of each input for each step, under the inputs' own names: those that the spec asks for. */
function rowsOf(g: Graph, inputs: Readonly<Record<string, GraphTensor>>): StepInputs[] {
  const columns = Object.entries(inputs).map(([name, tensor]) => [name, unstack(g, tensor)] as const);
  const rows = columns[0]?.[1] ?? [];
  return rows.map((_, i) => {
    return Object.fromEntries(columns.map(([name, parts]) => [name, parts[i]])) as unknown as StepInputs;
  });
}

function trainSteps(g: Graph, context: StepContext, rows: readonly StepInputs[]): Step[] {
  const made: Step[] = [];
  for (const row of rows) made.push(trainStep(g, context, row, made.at(-1)?.written ?? []));
  return made;
}

/** [steps, 2], once all is written. */
function metricsOf(g: Graph, made: readonly Step[]): GraphTensor {
  return stack(
    g,
    made.map(({ metrics, written }) => g.after(metrics, written)),
  );
}

interface Step {
  readonly metrics: GraphTensor;
  /** Runs when the step has written all. */
  readonly written: readonly GraphTensor[];
  readonly gradients: ReadonlyMap<string, GraphTensor>;
  /** Before they were clipped. */
  readonly raw: ReadonlyMap<string, GraphTensor>;
}

function trainStep(
  g: Graph,
  { spec, optimizer, variables, crossEntropy }: StepContext,
  inputs: StepInputs,
  before: readonly GraphTensor[],
): Step {
  const values = unstack(g, inputs.scalars);
  const scalars = new Map(stepScalarNames(spec, optimizer).map((name, i) => [name, values[i] as GraphTensor]));
  const pass = forward(g, spec, variables, inputs, before, crossEntropy);
  const metrics = stack(g, [pass.loss, pass.correct]);
  const raw = backward(g, spec.model, pass);
  const gradients = spec.clipNorm === undefined ? raw : clipByGlobalNorm(g, raw, spec.clipNorm);
  const readersOf = (name: string) => g.consumers(pass.weights.get(name) as GraphTensor);
  const updated = update(g, spec, optimizer, variables, { gradients, scalars, readersOf });
  return { metrics, written: [...pass.written, ...updated], gradients, raw };
}

/** Reads the weights anew: an optimizer's update waits for whoever reads the step's own. */
function stepNorms(g: Graph, { variables }: StepContext, gradients: ReadonlyMap<string, GraphTensor>): StepNorms {
  const names = [...gradients.keys()];
  const named = (tensors: readonly GraphTensor[]) => {
    const norms = l2Norms(g, tensors);
    return new Map(names.map((name, i) => [name, norms[i] as GraphTensor]));
  };
  return {
    weights: named(names.map((name) => variables.get(name).read())),
    gradients: named([...gradients.values()]),
  };
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
