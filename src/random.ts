import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers. */
export interface Random {
  /** Uniform in [low, high), 53 bits. */
  uniform(low: number, high: number): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
}

/**
 * A 32-bit seed for one purpose, from the run's seed and the purpose's name and counters, so that no two
 * uses of randomness share a stream and a resumed run can start any stream where it needs it.
 */
export function deriveSeed(seed: number, ...purpose: readonly (string | number)[]): number {
  return createHash('sha256')
    .update(JSON.stringify([seed, ...purpose]))
    .digest()
    .readInt32LE(0);
}

/** The stream that belongs to (seed, purpose): the same arguments always give the same numbers. */
export function seededRandom(seed: number, ...purpose: readonly (string | number)[]): Random {
  const generator = xoroshiro128plus(deriveSeed(seed, ...purpose));
  return {
    uniform: (low, high) => low + uniformFloat64(generator) * (high - low),
    below: (bound) => uniformInt(generator, 0, bound - 1),
  };
}

/** A permutation of 0 … n−1 (Fisher–Yates). */
export function permutation(n: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  return order;
}
