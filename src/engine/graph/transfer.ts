import { rowPieces, rowSize, type Shape } from '../../model/tensors.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Feed, Session, TensorData } from './session.js';
import { Variable } from './variables.js';

/** Some rows of a variable: int32 [1] each. */
interface RowRange {
  readonly begin: GraphTensor;
  readonly end: GraphTensor;
}

export interface ReadFunction extends RowRange {
  readonly shape: Shape;
  /** The rows' values. */
  readonly rows: GraphTensor;
}

/** Sets a variable to zeros. */
interface ClearFunction {
  readonly zero: GraphTensor;
  readonly done: GraphTensor;
}

export interface WriteFunction {
  readonly shape: Shape;
  readonly clear: ClearFunction;
  /** The whole value, and what writes it when fetched. */
  readonly value: GraphTensor;
  readonly done: GraphTensor;
  /** The way of a value that comes in several pieces. */
  readonly staging: StagingFunction | undefined;
}

/** Another variable that takes pieces, and becomes the first one's value. */
interface StagingFunction extends RowRange {
  readonly clear: ClearFunction;
  readonly rows: GraphTensor;
  readonly written: GraphTensor;
  readonly done: GraphTensor;
}

export function readFunction(g: Graph, variable: Variable): ReadFunction {
  const { dtype, shape } = variable;
  const range = rowRange(g);
  const inputs = [variable.read(), ...slice(g, range)];
  return { ...range, shape, rows: g.node('StridedSlice', inputs, sliceAttrs(variable), dtype, rowsOf(shape)) };
}

/** Snapshot copies: a fed tensor may be memory of JavaScript, which a variable must not keep. */
export function writeFunction(g: Graph, variable: Variable): WriteFunction {
  const { dtype, shape } = variable;
  const value = g.placeholder(dtype, shape);
  const copy = g.node('Snapshot', [value], { T: attr.type(dtype) }, dtype, shape);
  const staging = [...rowPieces(shape)].length > 1 ? stagingFunction(g, variable) : undefined;
  return { shape, clear: clearFunction(g, variable), value, done: fetched(g, variable.assign(copy)), staging };
}

/**
 * A kernel that writes rows makes every later reading of its variable a copy, which would be one in each step: so the
 * pieces go to a variable of their own. The old value goes before the new one is made, and the pieces right after.
 */
function stagingFunction(g: Graph, variable: Variable): StagingFunction {
  const { dtype, shape, name } = variable;
  const staging = new Variable(g, `staging/${name}`, dtype, shape);
  const range = rowRange(g);
  const rows = g.placeholder(dtype, rowsOf(shape));
  const inputs = [staging.handle, ...slice(g, range), rows];
  const written = g.operation('ResourceStridedSliceAssign', inputs, sliceAttrs(variable));
  const destroy = ({ handle }: Variable, after: readonly GraphTensor[]) =>
    g.operation('DestroyResourceOp', [handle], { ignore_lookup_error: attr.bool(true) }, after);
  const assigned = variable.assign(staging.read([destroy(variable, [])]));
  const done = fetched(g, destroy(staging, [assigned]));
  return { ...range, rows, clear: clearFunction(g, staging), written: fetched(g, written), done };
}

function rowRange(g: Graph): RowRange {
  return { begin: g.placeholder('int32', [1]), end: g.placeholder('int32', [1]) };
}

/** Of the first dimension; all of the others. */
function slice(g: Graph, { begin, end }: RowRange): GraphTensor[] {
  return [begin, end, g.constant('int32', [1])];
}

function sliceAttrs({ dtype }: Variable) {
  return { T: attr.type(dtype), Index: attr.type('int32') };
}

function rowsOf(shape: Shape): Shape {
  return [-1, ...shape.slice(1)];
}

/** Zero is fed: of a constant TensorFlow would keep the zeros beside the variable, which every update then copied first. */
function clearFunction(g: Graph, variable: Variable): ClearFunction {
  const { dtype, shape } = variable;
  const zero = g.placeholder('float', []);
  const inputs = [g.constant('int32', shape), g.cast(zero, dtype)];
  const zeros = g.node('Fill', inputs, { T: attr.type(dtype), index_type: attr.type('int32') }, dtype, shape);
  return { zero, done: fetched(g, variable.assign(zeros)) };
}

/** An operation without outputs as something to fetch. */
function fetched(g: Graph, operation: GraphTensor): GraphTensor {
  return g.after(g.constant('int32', [0]), [operation]);
}

/** The values of a variable, in pieces. */
export async function* readPieces(
  session: Session,
  { shape, rows, ...range }: ReadFunction,
): AsyncGenerator<Float32Array> {
  for (const { begin, end } of rowPieces(shape)) {
    // State is float32.
    yield session.run(feedRange(range, begin, end), [rows])[0] as Float32Array;
  }
}

/** @param pieces whole rows each; undefined for zeros */
export async function writePieces(
  session: Session,
  fn: WriteFunction,
  pieces: AsyncIterable<TensorData> | Iterable<TensorData> | undefined,
): Promise<void> {
  const { staging, shape } = fn;
  if (pieces === undefined) clear(session, fn);
  else if (staging === undefined) for await (const piece of pieces) writeWhole(session, fn, piece);
  else {
    clear(session, staging);
    let begin = 0;
    for await (const piece of pieces) {
      const end = begin + piece.length / rowSize(shape);
      const rows: Feed = [staging.rows, piece, [end - begin, ...shape.slice(1)]];
      session.run([...feedRange(staging, begin, end), rows], [staging.written]);
      begin = end;
    }
    session.run([], [staging.done]);
  }
}

/** Sets the variable to zeros. */
export function clear(session: Session, { clear: { zero, done } }: Pick<WriteFunction, 'clear'>): void {
  session.run([[zero, Float32Array.of(0), []]], [done]);
}

export function writeWhole(session: Session, { shape, value, done }: WriteFunction, data: TensorData): void {
  session.run([[value, data, shape]], [done]);
}

function feedRange({ begin, end }: RowRange, from: number, to: number): Feed[] {
  return [
    [begin, Int32Array.of(from), [1]],
    [end, Int32Array.of(to), [1]],
  ];
}
