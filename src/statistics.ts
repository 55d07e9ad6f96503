/** What several runs of one thing come to. */
export interface Spread {
  readonly mean: number;
  /** Of a sample: squares over n − 1. */
  readonly deviation: number;
}

/** @param values two or more */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
