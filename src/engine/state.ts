import { DataError } from '../errors.js';
import { averageName, slotName, slowName } from '../model/state-names.js';
import type { Shape, TensorSource } from '../model/tensors.js';
import type { Optimizer } from '../optimizers/registry.js';
import type { TrainerSpec } from './engine.js';

/** A float32 array that lives from step to step and that a checkpoint holds. */
export interface StateArray {
  readonly name: string;
  readonly shape: Shape;
  /** The weight that it starts as; undefined for the optimizer's slots, which start at 0. */
  readonly weight: string | undefined;
}

/** Weights, the optimizer's slots, averages and slow weights. Moving statistics have no average of their own: they are one already. */
export function stateArrays({ model, emaDecay, lookahead }: TrainerSpec, { type, slots }: Optimizer): StateArray[] {
  const { trainable } = model;
  return [
    ...model.weights.map(({ name, shape }) => ({ name, shape, weight: name })),
    ...slots.flatMap((slot) =>
      trainable.map(({ name, shape }) => ({ name: slotName(type, slot, name), shape, weight: undefined })),
    ),
    ...(emaDecay === undefined
      ? []
      : trainable.map(({ name, shape }) => ({ name: averageName(name), shape, weight: name }))),
    ...(lookahead ? trainable.map(({ name, shape }) => ({ name: slowName(name), shape, weight: name })) : []),
  ];
}

/** An array and its values in pieces of whole rows; undefined for zeros. */
export type StateValues = readonly (readonly [array: StateArray, pieces: AsyncIterable<Float32Array> | undefined])[];

/**
 * What each array starts with.
 * @throws DataError when a weight is missing or has another shape
 */
export function firstValues(arrays: readonly StateArray[], weights: TensorSource): StateValues {
  return readValues(arrays, weights, ({ weight }) => weight);
}

/**
 * What each array was saved with.
 * @throws DataError when an array is missing or has another shape
 */
export function savedValues(arrays: readonly StateArray[], state: TensorSource): StateValues {
  return readValues(arrays, state, ({ name }) => name);
}

/** Zeros where `nameOf` gives no name. */
function readValues(
  arrays: readonly StateArray[],
  source: TensorSource,
  nameOf: (array: StateArray) => string | undefined,
): StateValues {
  for (const array of arrays) requireShape(source, nameOf(array), array.shape);
  return arrays.map((array) => {
    const name = nameOf(array);
    return [array, name === undefined ? undefined : source.pieces(name)] as const;
  });
}

function requireShape({ shapes }: TensorSource, name: string | undefined, shape: Shape): void {
  if (name === undefined) return;
  const own = shapes.get(name);
  const wanted = `[${shape.join(', ')}]`;
  if (!own) throw new DataError(`there is no array "${name}" of shape ${wanted}`);
  if (own.join() !== shape.join()) {
    throw new DataError(`array "${name}" has shape [${own.join(', ')}], but the model needs ${wanted}`);
  }
}
