import * as z from 'zod';

/**
 * The arithmetic that optimizers are written in, once for every engine. `T` is the engine's float32 tensor: a weight,
 * one of its slots, or a scalar; the result has the shape of the first operand.
 */
export interface Arithmetic<T> {
  add(a: T, b: T | number): T;
  sub(a: T, b: T | number): T;
  mul(a: T, b: T | number): T;
  div(a: T, b: T | number): T;
  square(a: T): T;
  sqrt(a: T): T;
}

/** What changes from step to step. */
export interface Moment {
  readonly learningRate: number;
  /** Counts from 1 over the whole run. */
  readonly t: number;
}

/** One weight in one step, before the update. */
export interface WeightStep<T, Slot extends string, Scalar extends string> {
  readonly weight: T;
  readonly gradient: T;
  slot(name: Slot): T;
  scalar(name: Scalar): T;
  /** Whether decoupled weight decay applies to this weight. */
  readonly decay: boolean;
}

/** The weight and the slots after it. */
export interface Updated<T, Slot extends string> {
  readonly weight: T;
  readonly slots: Readonly<Partial<Record<Slot, T>>>;
}

/** An optimizer's options but the learning rates, which come with each step. */
export type Constants<Schema extends z.ZodType> = Omit<z.output<Schema>, 'type' | 'learningRate' | 'biasLearningRate'>;

/** One optimizer: its options as they stand in a config, what it keeps, and its formula. */
export interface OptimizerDefinition<Schema extends z.ZodType, Slot extends string, Scalar extends string> {
  readonly schema: Schema;
  /** Keras' class name, for exports; its arguments are the constants in snake case, its variables the slots. */
  readonly kerasName: string;
  /** The arrays that it keeps for each trainable weight, of the weight's shape; they start at 0. */
  slots(constants: Constants<Schema>): readonly Slot[];
  /** The numbers of a step, the same for all weights; engines take them in float32. */
  scalars(constants: Constants<Schema>, moment: Moment): Readonly<Record<Scalar, number>>;
  /** The formula. */
  update<T>(math: Arithmetic<T>, constants: Constants<Schema>, step: WeightStep<T, Slot, Scalar>): Updated<T, Slot>;
}

/** The schema of an optimizer: its own options beside `type` and the learning rates. Unknown keys are errors. */
export function optimizerSchema<Type extends string, Options extends z.ZodRawShape>(
  type: Type,
  learningRate: number,
  options: Options,
) {
  return z.strictObject({
    type: z.literal(type),
    learningRate: z.number().positive().max(100).default(learningRate),
    biasLearningRate: z
      .number()
      .positive()
      .max(10_000)
      .optional()
      .describe('What the learning rate is multiplied by for biases and the β of normalisation.'),
    ...options,
  });
}

/** Decoupled weight decay. */
export const weightDecay = z
  .number()
  .min(0)
  .describe('Share of each kernel (times the learning rate) that a step takes away.');

/** The share of an average (β, ρ) or of a velocity (μ) that a step keeps. */
export const decayRate = z.number().min(0).lt(1);

/** average + (value − average) · rate. */
export function movingAverage<T>(math: Arithmetic<T>, average: T, value: T, rate: number): T {
  return math.add(average, math.mul(math.sub(value, average), rate));
}
