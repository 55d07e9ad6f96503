import * as z from 'zod';
import { adam } from './adam.js';
import { adamw } from './adamw.js';
import type { Arithmetic, Constants, Moment, OptimizerDefinition, Updated, WeightStep } from './definition.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

/** Every optimizer, by the `type` that a config names it by. */
export const optimizers = { adam, adamw, sgd, rmsprop };

type Definitions = typeof optimizers;
export type OptimizerType = keyof Definitions;

/** A config's `optimizer`, defaults filled in. */
export type OptimizerConfig = z.output<Definitions[OptimizerType]['schema']>;

/** What an engine needs of it: the learning rate comes with each step. */
export type OptimizerSpec = { [Type in OptimizerType]: { readonly type: Type } & ConstantsOf<Type> }[OptimizerType];

export type ConstantsOf<Type extends OptimizerType> = Readonly<Constants<Definitions[Type]['schema']>>;
export type SlotOf<Type extends OptimizerType> = ReturnType<Definitions[Type]['slots']>[number];
export type ScalarOf<Type extends OptimizerType> = keyof ReturnType<Definitions[Type]['scalars']> & string;

const schemas = Object.values(optimizers).map(({ schema }) => schema);
type Schema = (typeof schemas)[number];

/** Any optimizer of a config. */
export const optimizerConfigSchema = z
  // zod wants to see that there is at least one.
  .discriminatedUnion('type', schemas as [Schema, ...Schema[]])
  .describe('How gradients move the weights.');

/** An optimizer with its constants filled in. */
export interface Optimizer {
  readonly type: OptimizerType;
  /** Keras' class name. */
  readonly kerasName: string;
  /** The arrays that it keeps for each trainable weight, of the weight's shape; they start at 0. */
  readonly slots: readonly string[];
  scalars(moment: Moment): Readonly<Record<string, number>>;
  update<T>(math: Arithmetic<T>, step: WeightStep<T, string, string>): Updated<T, string>;
}

export function createOptimizer(spec: OptimizerSpec): Optimizer {
  // The table pairs each type with its own constants; TypeScript cannot follow that through an index.
  const definition = optimizers[spec.type] as OptimizerDefinition<z.ZodType, string, string>;
  return {
    type: spec.type,
    kerasName: definition.kerasName,
    slots: definition.slots(spec),
    scalars: (moment) => definition.scalars(spec, moment),
    update: (math, step) => definition.update(math, spec, step),
  };
}
