import type { ModelConfig } from './schema.js';

/** Float32's least normal number: engines take what is nearer to 0 for 0. */
const LEAST = 2 ** -126;
const MOST = (2 - 2 ** -23) * 2 ** 127;

/**
 * What is wrong with a config's numbers that no single one of them tells: each must still mean in float32, in which
 * everything is computed, what it means in the file, and a schedule must fit the run.
 */
export function numberProblems(config: ModelConfig): string[] {
  const { schedule, training } = config;
  const warmup = schedule.type === 'cosine' ? schedule.warmupEpochs : 0;
  const late = `schedule.warmupEpochs: is ${warmup}, but the run has ${training.epochs} epochs: it would end before it has warmed up`;
  return [...notFloat32(config, ''), ...(warmup > training.epochs ? [late] : [])];
}

function notFloat32(value: unknown, path: string): string[] {
  if (typeof value === 'number') {
    const problem = problemOf(value);
    return problem === undefined ? [] : [`${path}: is ${value}, ${problem}`];
  }
  if (typeof value !== 'object' || value === null) return [];
  const inArray = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) =>
    notFloat32(inner, inArray ? `${path}[${key}]` : `${path === '' ? '' : `${path}.`}${key}`),
  );
}

function problemOf(value: number): string | undefined {
  const size = Math.abs(value);
  if (size > MOST) return 'more than float32 can hold (3.4e38)';
  if (size > 0 && size < LEAST) return 'which is 0 in float32 (its least is 1.2e-38)';
  if (value < 1 && Math.fround(value) === 1) return 'which is 1 in float32';
  return undefined;
}
