import { type Random, seededRandom } from '../random.js';
import type { Parameter } from './schema.js';

/** One point of a sweep: a value for each parameter path. */
export type Point = Readonly<Record<string, unknown>>;

type Parameters = Readonly<Record<string, Parameter>>;

/** Number of points of the grid; undefined where a range has no `steps` and so no grid. */
export function gridSize(parameters: Parameters): number | undefined {
  const sizes = Object.values(parameters).map(gridLength);
  return sizes.includes(undefined) ? undefined : sizes.reduce<number>((product, size) => product * (size ?? 1), 1);
}

/** The parameters that keep a space from being a grid: ranges without `steps`. */
export function unbounded(parameters: Parameters): string[] {
  return Object.keys(parameters).filter((path) => gridLength(parameters[path] as Parameter) === undefined);
}

/** The point of a grid with this index, from 0; the last parameter varies fastest. */
export function gridPoint(parameters: Parameters, index: number): Point {
  let rest = index;
  const values = Object.entries(parameters)
    .toReversed()
    .map(([path, parameter]) => {
      const length = gridLength(parameter) ?? 1;
      const position = rest % length;
      rest = Math.floor(rest / length);
      return [path, gridValue(parameter, position)] as const;
    });
  return Object.fromEntries(values.toReversed());
}

/** A random point: the same (seed, index) always gives the same one, whatever other points are drawn. */
export function randomPoint(parameters: Parameters, seed: number, index: number): Point {
  return Object.fromEntries(
    Object.entries(parameters).map(([path, parameter]) => {
      // TypeScript does not follow that the draw found by `type` takes the parameter with that `type`.
      const draw = DRAWS[parameter.type] as (parameter: Parameter, random: Random) => unknown;
      return [path, draw(parameter, seededRandom(seed, 'sweep', index, path))];
    }),
  );
}

function gridLength(parameter: Parameter): number | undefined {
  switch (parameter.type) {
    case 'choice':
      return parameter.values.length;
    case 'integer':
      return parameter.max - parameter.min + 1;
    default:
      return parameter.steps;
  }
}

function gridValue(parameter: Parameter, position: number): unknown {
  switch (parameter.type) {
    case 'choice':
      return parameter.values[position];
    case 'integer':
      return parameter.min + position;
    default: {
      const share = position / ((parameter.steps ?? 2) - 1);
      return between(parameter, share);
    }
  }
}

type Draws = {
  readonly [Type in Parameter['type']]: (parameter: Extract<Parameter, { type: Type }>, random: Random) => unknown;
};

const DRAWS: Draws = {
  choice: ({ values }, random) => values[random.below(values.length)],
  integer: ({ min, max }, random) => min + random.below(max - min + 1),
  uniform: (parameter, random) => between(parameter, random.uniform(0, 1)),
  logUniform: (parameter, random) => between(parameter, random.uniform(0, 1)),
};

/** The value at a share of a range, on a linear or a logarithmic scale, to six digits: people read it and type it. */
function between({ type, min, max }: Extract<Parameter, { min: number; steps?: unknown }>, share: number): number {
  const value = type === 'logUniform' ? min * (max / min) ** share : min + (max - min) * share;
  return Math.min(max, Math.max(min, Number(value.toPrecision(6))));
}
