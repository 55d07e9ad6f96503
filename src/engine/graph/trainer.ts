import { concatenated } from '../../arrays.js';
import type { MixedBatch } from '../../augment/mix.js';
import { type NamedTensors, sizeOf, type TensorSource } from '../../model/tensors.js';
import type { BatchMetrics, Evaluation, Norms, Trainer, TrainerSpec, TrainStep, WeightSet } from '../engine.js';
import { evaluateInBatches, predictInBatches } from '../evaluate.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { firstValues, type StateArray, type StateValues, savedValues, stateArrays } from '../state.js';
import { stepScalars } from '../step-scalars.js';
import { Program, type ProgramOptions } from './program.js';
import { type Feed, Session } from './session.js';
import type { ObservedTrainFunction, TrainFunction } from './step.js';
import { clear, readPieces, writePieces, writeWhole } from './transfer.js';

/** Images a forward pass takes at once: enough to fill the cores, little enough to stay in memory. */
const EVALUATION_BATCH = 250;

export interface GraphTrainerOptions extends ProgramOptions {
  /** {@link EVALUATION_BATCH} by default. */
  readonly evaluationBatch?: number;
}

/** A model in a TensorFlow session. Everything between two calls lives in the session's variables. */
export class GraphTrainer implements Trainer {
  readonly #program: Program;
  readonly #session: Session;
  readonly #arrays: readonly StateArray[];
  readonly #evaluationBatch: number;

  constructor(
    binding: TensorFlowBinding,
    private readonly spec: TrainerSpec,
    options: GraphTrainerOptions = {},
  ) {
    this.#evaluationBatch = options.evaluationBatch ?? EVALUATION_BATCH;
    this.#program = new Program(spec, options);
    this.#session = new Session(binding, this.#program.graph);
    this.#arrays = stateArrays(spec, this.#program.optimizer);
    const { write, variables } = this.#program;
    for (const name of ['images', 'labels'] as const) writeWhole(this.#session, found(write, name), spec.pool[name]);
    for (const name of variables.scratch.keys()) clear(this.#session, found(write, name));
  }

  async setWeights(weights: TensorSource): Promise<void> {
    await this.#setAll(firstValues(this.#arrays, weights));
  }

  state(): TensorSource {
    const { read } = this.#program;
    return {
      shapes: new Map([...read].map(([name, { shape }]) => [name, shape])),
      pieces: (name) => readPieces(this.#session, found(read, name)),
    };
  }

  async setState(state: TensorSource): Promise<void> {
    await this.#setAll(savedValues(this.#arrays, state));
  }

  async train(steps: readonly TrainStep[]): Promise<BatchMetrics[]> {
    const { trainMany } = this.#program;
    const full = steps.every((step) => this.#isFull(step));
    const broken = steps.slice(0, -1).some(({ lookahead }) => lookahead !== undefined);
    if (full && !broken && steps.length === trainMany?.steps) return this.#train(trainMany, steps);
    return steps.flatMap((step) => this.#train(this.#oneStep(step), [step]));
  }

  /** The gradients of one step by each trainable weight, without the update. */
  async gradients(step: TrainStep): Promise<NamedTensors> {
    const fn = this.#observed(step);
    const values = this.#session.run(this.#feeds(fn, [step]), [...fn.gradients.values()]);
    return new Map([...fn.gradients].map(([name, { shape }], i) => [name, { shape, data: values[i] as Float32Array }]));
  }

  async norms(step: TrainStep): Promise<Norms> {
    const fn = this.#observed(step);
    const { weights, gradients } = fn.norms;
    const values = this.#session.run(this.#feeds(fn, [step]), [...weights.values(), ...gradients.values()]);
    const named = (names: Iterable<string>, from: number) =>
      Object.fromEntries([...names].map((name, i) => [name, (values[from + i] as Float32Array)[0] as number]));
    return { weights: named(weights.keys(), 0), gradients: named(gradients.keys(), weights.size) };
  }

  async evaluate(
    indices: Int32Array,
    weights: WeightSet = 'current',
    onProgress?: (done: number) => void,
  ): Promise<Evaluation> {
    const fn = this.#program.evaluate[weights];
    const { model, pool } = this.spec;
    const request = {
      indices,
      labels: pool.labels,
      classes: model.classes,
      batchSize: this.#evaluationBatch,
      onProgress,
    };
    return evaluateInBatches(request, async (batch) => {
      const [sum, probabilities] = this.#session.run(
        [[fn.indices, batch, [batch.length]]],
        [fn.loss, fn.probabilities],
      );
      return { loss: (sum as Float32Array)[0] as number, probabilities: probabilities as Float32Array };
    });
  }

  async predict(images: Uint8Array, weights: WeightSet = 'current'): Promise<Float32Array> {
    const fn = this.#program.predict[weights];
    const { classes, inputShape } = this.spec.model;
    const imageSize = sizeOf(inputShape);
    return predictInBatches({ images, imageSize, classes, batchSize: this.#evaluationBatch }, async (batch) => {
      const shape = [batch.length / imageSize, ...inputShape];
      return this.#session.run([[fn.images, batch, shape]], [fn.probabilities])[0] as Float32Array;
    });
  }

  dispose(): void {
    this.#session.dispose();
  }

  #isFull({ indices }: TrainStep): boolean {
    return indices.length === this.spec.batchSize;
  }

  #oneStep(step: TrainStep): TrainFunction {
    return this.#isFull(step) ? this.#program.trainFull : this.#program.trainAny;
  }

  #observed(step: TrainStep): ObservedTrainFunction {
    return this.#isFull(step) ? this.#program.observedFull : this.#program.trainAny;
  }

  #train(fn: TrainFunction, steps: readonly TrainStep[]): BatchMetrics[] {
    const [metrics] = this.#session.run(this.#feeds(fn, steps), [fn.metrics]) as [Float32Array];
    const { lookahead } = this.#program;
    const rate = steps.at(-1)?.lookahead;
    if (lookahead && rate !== undefined)
      this.#session.run([[lookahead.rate, Float32Array.of(rate), []]], [lookahead.done]);
    return steps.map(({ indices }, i) => ({
      loss: metrics[2 * i] as number,
      correct: metrics[2 * i + 1] as number,
      count: indices.length,
    }));
  }

  #feeds(fn: TrainFunction, steps: readonly TrainStep[]): Feed[] {
    const batch = steps[0]?.indices.length ?? 0;
    const scalars = steps.flatMap((step) => [...stepScalars(this.spec, this.#program.optimizer, step).values()]);
    const n = steps.length;
    const ints = (of: (step: TrainStep) => Int32Array) => concatenated(Int32Array, steps.map(of));
    const floats = (of: (step: TrainStep) => Float32Array) => concatenated(Float32Array, steps.map(of));
    const feeds: Feed[] = [
      [fn.indices, ints(({ indices }) => indices), [n, batch]],
      [fn.step, Int32Array.from(steps, ({ step }) => step), [n]],
      [fn.scalars, Float32Array.from(scalars), [n, scalars.length / n]],
    ];
    if (this.spec.onlineAugmentation) {
      feeds.push([fn.transforms, floats(({ transforms }) => transforms ?? identity(batch)), [n, batch, 8]]);
      feeds.push([fn.erase, ints(({ erase }) => erase ?? new Int32Array(4 * batch)), [n, batch, 4]]);
    }
    if (this.spec.mixing) {
      const mixOf = ({ mix }: TrainStep) => mix ?? unmixed(batch);
      feeds.push([fn.partners, ints((step) => mixOf(step).partners), [n, batch]]);
      feeds.push([fn.boxes, ints((step) => mixOf(step).boxes), [n, batch, 4]]);
      feeds.push([fn.shares, floats((step) => mixOf(step).shares), [n, batch, 2]]);
    }
    return feeds;
  }

  /**
   * Small ones first: what TensorFlow has of the system it keeps, and a large array's room, free for a moment while it
   * is set, would go to small ones and be too small for the gradient of the first step.
   */
  async #setAll(values: StateValues): Promise<void> {
    const bySize = [...values].sort(([a], [b]) => sizeOf(a.shape) - sizeOf(b.shape));
    for (const [{ name }, pieces] of bySize) {
      await writePieces(this.#session, found(this.#program.write, name), pieces);
    }
  }
}

function found<T>(functions: ReadonlyMap<string, T>, name: string): T {
  const fn = functions.get(name);
  if (fn === undefined) throw new Error(`no variable ${name}`);
  return fn;
}

/** Each image with itself. */
function unmixed(batch: number): MixedBatch {
  const partners = Int32Array.from({ length: batch }, (_, i) => i);
  return { partners, boxes: new Int32Array(4 * batch), shares: new Float32Array(2 * batch).fill(1) };
}

function identity(batch: number): Float32Array {
  return Float32Array.from({ length: 8 * batch }, (_, i) => (i % 8 === 0 || i % 8 === 4 ? 1 : 0));
}
