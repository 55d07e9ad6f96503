import { type NamedTensor, type NamedTensors, sizeOf, type TensorSource } from '../../model/tensors.js';
import { argMax, evaluateInBatches, predictInBatches } from '../batches.js';
import type { BatchMetrics, Evaluation, Trainer, TrainerSpec, TrainStep, WeightSet } from '../engine.js';
import { given, type Wanted } from '../given.js';
import type { Backend } from './backend.js';
import { gatherImages, gatherLabels, normalised } from './batch.js';
import { EagerOps } from './ops.js';
import { createOptimizer, type Optimizer } from './optimizers.js';
import { softmax } from './softmax.js';
import { type Backward, backward, update } from './step.js';
import * as tf from './tf.js';
import { Variables } from './variables.js';

/** Images a forward pass takes at once: little enough for WASM's memory with the bundled models. */
const EVALUATION_BATCH = 128;

/** A model in tfjs. */
export class EagerTrainer implements Trainer {
  readonly #variables = new Variables();
  readonly #optimizer: Optimizer;

  constructor(
    private readonly spec: TrainerSpec,
    private readonly backend: Backend,
  ) {
    this.#optimizer = createOptimizer(spec.optimizer);
  }

  async setWeights(weights: TensorSource): Promise<void> {
    const averages = this.#averages().map(({ name, shape, of }) => ({ name, shape, from: of }));
    await this.#load(weights, [...this.spec.model.weights, ...averages]);
    await this.backend.run(() => {
      for (const { name, shape } of this.#slots()) this.#variables.fill(name, shape, 0);
    });
  }

  state(): TensorSource {
    return {
      shapes: new Map(this.#names().map(({ name, shape }) => [name, shape])),
      read: (name) => this.backend.run(() => this.#variables.read(name)),
    };
  }

  setState(state: TensorSource): Promise<void> {
    return this.#load(state, this.#names());
  }

  async #load(source: TensorSource, variables: readonly Wanted[]): Promise<void> {
    for await (const [name, values, shape] of given(source, variables)) {
      await this.backend.run(() => this.#variables.load(name, shape, values));
    }
  }

  async train(steps: readonly TrainStep[]): Promise<BatchMetrics[]> {
    const metrics: BatchMetrics[] = [];
    for (const step of steps) metrics.push(await this.backend.run(() => this.#step(step)));
    return metrics;
  }

  /** The gradients of one step by each trainable weight (clipped, if the spec says so), without the update. */
  async gradients(step: TrainStep): Promise<NamedTensors> {
    return this.backend.run(async () => {
      const gradients = tf.tidy(() => {
        const { gradients, logits, moved } = backward(this.spec, this.#variables, step);
        tf.dispose([logits, ...moved.values()]);
        return Object.fromEntries(gradients);
      });
      const named = new Map<string, NamedTensor>();
      for (const [name, gradient] of Object.entries(gradients)) {
        named.set(name, { shape: gradient.shape, data: (await gradient.data<'float32'>()).slice() });
        gradient.dispose();
      }
      return named;
    });
  }

  async evaluate(
    indices: Int32Array,
    weights: WeightSet = 'current',
    onProgress?: (done: number) => void,
  ): Promise<Evaluation> {
    const { model, pool } = this.spec;
    const { classes, inputShape } = model;
    const request = { indices, labels: pool.labels, classes, batchSize: EVALUATION_BATCH, onProgress };
    return evaluateInBatches(request, async (batch) => {
      const logits = await this.#logits(gatherImages(pool, batch, inputShape), weights);
      const { probabilities, logSums } = softmax(logits, classes);
      const labels = gatherLabels(pool, batch);
      const trueLogit = (row: number) => logits[row * classes + (labels[row] as number)] as number;
      const loss = logSums.reduce((sum, logSum, row) => sum + logSum - trueLogit(row), 0);
      return { loss, probabilities };
    });
  }

  async predict(images: Uint8Array, weights: WeightSet = 'current'): Promise<Float32Array> {
    const { classes, inputShape } = this.spec.model;
    const request = { images, imageSize: sizeOf(inputShape), classes, batchSize: EVALUATION_BATCH };
    return predictInBatches(
      request,
      async (batch) => softmax(await this.#logits(normalised(batch), weights), classes).probabilities,
    );
  }

  dispose(): void {
    if (!this.backend.failed) this.#variables.dispose();
  }

  async #step(step: TrainStep): Promise<BatchMetrics> {
    const pass = tf.tidy(() => {
      const pass = backward(this.spec, this.#variables, step);
      update(this.spec, this.#optimizer, this.#variables, pass, step);
      return { loss: pass.loss, logits: pass.logits };
    });
    return this.#metrics(pass, step);
  }

  async #logits(images: Float32Array, set: WeightSet): Promise<Float32Array> {
    const { model } = this.spec;
    const averaged = new Map(set === 'ema' ? this.#averages().map(({ name, of }) => [of, name]) : []);
    return this.backend.run(async () => {
      const logits = tf.tidy(() => {
        const batch = tf.tensor(images, [images.length / sizeOf(model.inputShape), ...model.inputShape]);
        return model.logits(new EagerOps(), batch, (name) => this.#variables.get(averaged.get(name) ?? name));
      });
      const values = await logits.data<'float32'>();
      logits.dispose();
      return values;
    });
  }

  async #metrics({ loss, logits }: Pick<Backward, 'loss' | 'logits'>, { indices }: TrainStep): Promise<BatchMetrics> {
    const [mean] = await loss.data<'float32'>();
    const guesses = argMax(await logits.data<'float32'>(), this.spec.model.classes);
    loss.dispose();
    logits.dispose();
    const labels = gatherLabels(this.spec.pool, indices);
    const count = indices.length;
    return { loss: (mean as number) * count, correct: guesses.filter((guess, i) => guess === labels[i]).length, count };
  }

  #trainable() {
    return this.spec.model.weights.filter(({ trainable }) => trainable);
  }

  #slots() {
    const { type } = this.spec.optimizer;
    return this.#optimizer.slots.flatMap((slot) =>
      this.#trainable().map(({ name, shape }) => ({ name: `${type}/${slot}/${name}`, shape })),
    );
  }

  /** Moving statistics have no average of their own: they are one already. */
  #averages() {
    if (this.spec.emaDecay === undefined) return [];
    return this.#trainable().map(({ name, shape }) => ({ name: `ema/${name}`, shape, of: name }));
  }

  #names() {
    return [...this.spec.model.weights, ...this.#slots(), ...this.#averages()];
  }
}
