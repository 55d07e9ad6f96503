import { DataError } from '../errors.js';
import type { Shape, TensorSource } from '../model/tensors.js';

/** A variable to be set: its shape, and the name of the values in the source where that is not its own. */
export interface Wanted {
  readonly name: string;
  readonly shape: Shape;
  readonly from?: string;
}

/**
 * The values for variables, one after the other; that all are there is checked before the first is read.
 * @throws DataError when some are missing or have another shape
 */
export async function* given(
  source: TensorSource,
  variables: readonly Wanted[],
): AsyncGenerator<readonly [name: string, values: Float32Array, shape: Shape]> {
  for (const { name, shape, from = name } of variables) requireShape(source, from, shape);
  for (const { name, shape, from = name } of variables) yield [name, await source.read(from), shape];
}

function requireShape({ shapes }: TensorSource, name: string, shape: Shape): void {
  const own = shapes.get(name);
  const wanted = `[${shape.join(', ')}]`;
  if (!own) throw new DataError(`no array "${name}" of shape ${wanted} among those given`);
  if (own.join() !== shape.join()) {
    throw new DataError(`array "${name}" has shape [${own.join(', ')}], but the model needs ${wanted}`);
  }
}
