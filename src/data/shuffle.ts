import { permutation, seededRandom } from '../random.js';

/** The indices in the order of one epoch: a full permutation that depends on nothing but (seed, epoch). */
export function shuffled(indices: Int32Array, seed: number, epoch: number): Int32Array {
  const order = permutation(indices.length, seededRandom(seed, 'shuffle', epoch));
  return order.map((position) => indices[position] ?? 0);
}
