import { DataError } from '../errors.js';
import type { NamedTensors, Shape } from '../model/tensors.js';

/**
 * The values for a variable of that shape.
 * @throws DataError when they are missing or have another shape
 */
export function given(values: NamedTensors, name: string, shape: Shape): Float32Array {
  const value = values.get(name);
  const wanted = `[${shape.join(', ')}]`;
  if (!value) throw new DataError(`no array "${name}" of shape ${wanted} among those given`);
  if (value.shape.join() !== shape.join()) {
    throw new DataError(`array "${name}" has shape [${value.shape.join(', ')}], but the model needs ${wanted}`);
  }
  return value.data;
}
