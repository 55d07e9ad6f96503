import { joined, type NamedTensor, type NamedTensors, sizeOf, type TensorSource } from '../../model/tensors.js';
import { createOptimizer, type Optimizer } from '../../optimizers/registry.js';
import type { BatchMetrics, Evaluation, Norms, Trainer, TrainerSpec, TrainStep, WeightSet } from '../engine.js';
import { argMax, evaluateInBatches, predictInBatches } from '../evaluate.js';
import { firstValues, type StateArray, type StateValues, savedValues, stateArrays } from '../state.js';
import type { Backend } from './backend.js';
import { evaluateBatch, predictBatch } from './evaluate.js';
import type { Forward } from './forward.js';
import { stepTargets } from './loss.js';
import { stepGradients, stepNorms, trainStep } from './step.js';
import type * as tf from './tf.js';
import { Variables } from './variables.js';

/** Images a forward pass takes at once: little enough for WASM's memory with the bundled models. */
const EVALUATION_BATCH = 128;

/** A model in tfjs. */
export class EagerTrainer implements Trainer {
  readonly #variables = new Variables();
  readonly #optimizer: Optimizer;
  readonly #arrays: readonly StateArray[];

  constructor(
    private readonly spec: TrainerSpec,
    private readonly backend: Backend,
  ) {
    this.#optimizer = createOptimizer(spec.optimizer);
    this.#arrays = stateArrays(spec, this.#optimizer);
  }

  async setWeights(weights: TensorSource): Promise<void> {
    await this.#setAll(firstValues(this.#arrays, weights));
  }

  state(): TensorSource {
    const read = (name: string) => this.backend.run(() => this.#variables.read(name));
    return {
      shapes: new Map(this.#arrays.map(({ name, shape }) => [name, shape])),
      pieces: async function* (name) {
        yield await read(name);
      },
    };
  }

  async setState(state: TensorSource): Promise<void> {
    await this.#setAll(savedValues(this.#arrays, state));
  }

  async train(steps: readonly TrainStep[]): Promise<BatchMetrics[]> {
    const metrics: BatchMetrics[] = [];
    for (const step of steps) metrics.push(await this.backend.run(() => this.#train(step)));
    return metrics;
  }

  /** The gradients of one step by each trainable weight (clipped, if the spec says so), without the update. */
  async gradients(step: TrainStep): Promise<NamedTensors> {
    return this.backend.run(async () => {
      const named = new Map<string, NamedTensor>();
      for (const [name, gradient] of Object.entries(stepGradients(this.spec, this.#variables, step))) {
        named.set(name, { shape: gradient.shape, data: (await gradient.data<'float32'>()).slice() });
        gradient.dispose();
      }
      return named;
    });
  }

  async norms(step: TrainStep): Promise<Norms> {
    return this.backend.run(async () => {
      const { weights, gradients } = stepNorms(this.spec, this.#variables, step);
      return { weights: await numbers(weights), gradients: await numbers(gradients) };
    });
  }

  async evaluate(
    indices: Int32Array,
    weights: WeightSet = 'current',
    onProgress?: (done: number) => void,
  ): Promise<Evaluation> {
    const { model, pool } = this.spec;
    const request = { indices, labels: pool.labels, classes: model.classes, batchSize: EVALUATION_BATCH, onProgress };
    return evaluateInBatches(request, (batch) =>
      this.backend.run(() => evaluateBatch(this.spec, this.#variables, weights, batch)),
    );
  }

  async predict(images: Uint8Array, weights: WeightSet = 'current'): Promise<Float32Array> {
    const { classes, inputShape } = this.spec.model;
    const request = { images, imageSize: sizeOf(inputShape), classes, batchSize: EVALUATION_BATCH };
    return predictInBatches(request, (batch) =>
      this.backend.run(() => predictBatch(this.spec, this.#variables, weights, batch)),
    );
  }

  dispose(): void {
    if (!this.backend.failed) this.#variables.dispose();
  }

  /** tfjs takes tensors as a whole. */
  async #setAll(arrays: StateValues): Promise<void> {
    for (const [{ name, shape }, pieces] of arrays) {
      const values = pieces === undefined ? new Float32Array(sizeOf(shape)) : await joined(pieces, shape);
      await this.backend.run(() => this.#variables.load(name, shape, values));
    }
  }

  async #train(step: TrainStep): Promise<BatchMetrics> {
    return this.#metrics(trainStep(this.spec, this.#optimizer, this.#variables, step), step);
  }

  async #metrics({ loss, logits }: Pick<Forward, 'loss' | 'logits'>, step: TrainStep): Promise<BatchMetrics> {
    const [mean] = await loss.data<'float32'>();
    const guesses = argMax(await logits.data<'float32'>(), this.spec.model.classes);
    loss.dispose();
    logits.dispose();
    // Of a mixed image the class with the greater share counts.
    const right = argMax(stepTargets(this.spec, step), this.spec.model.classes);
    const count = step.indices.length;
    return { loss: (mean as number) * count, correct: guesses.filter((guess, i) => guess === right[i]).length, count };
  }
}

/** The values of scalars, which are disposed. */
async function numbers(scalars: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, scalar] of Object.entries(scalars)) {
    values[name] = (await scalar.data<'float32'>())[0] as number;
    scalar.dispose();
  }
  return values;
}
