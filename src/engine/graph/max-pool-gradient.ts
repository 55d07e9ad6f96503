import { outputLength, samePadding } from '../../model/layers/window.js';
import type { PoolOptions } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';

/** Every `every`-th window of one direction from the `first` on: none overlaps another, so that each has a slot of its own, side by side. */
interface Slots {
  readonly first: number;
  readonly every: number;
  readonly count: number;
  /** Cells of a slot, of which the window has the first `size`. */
  readonly length: number;
  readonly size: number;
  /** The image's cell where the first slot begins; negative where it begins outside. */
  readonly from: number;
}

/**
 * The gradient of max pooling, from the one by y to the one by x [N, H, W, C] of known shape, element by element, of which XLA
 * makes a few loops. The gradient of a window goes to its first maximum, as by TensorFlow's kernel: bit for bit where no
 * windows overlap, else in another order of adding up.
 *
 * XLA's own way is to scatter: TensorFlow does not let it where each run is to give the same bytes.
 */
export function maxPoolGradient(
  g: Graph,
  x: GraphTensor,
  y: GraphTensor,
  dy: GraphTensor,
  { poolSize, strides, padding }: PoolOptions,
): GraphTensor {
  const [, height = 0, width = 0] = x.shape;
  const columns = slots(width, poolSize[1], strides[1], padding);
  return slots(height, poolSize[0], strides[0], padding)
    .flatMap((rows) => columns.map((across) => gradientOf(g, x, y, dy, rows, across)))
    .reduce((a, b) => g.map('AddV2', [a, b]));
}

/** All windows of one direction, in as few groups as it takes. */
function slots(cells: number, size: number, stride: number, padding: PoolOptions['padding']): Slots[] {
  const windows = outputLength(cells, size, stride, padding);
  const [before] = padding === 'same' ? samePadding(cells, size, stride) : [0];
  const every = Math.ceil(size / stride);
  return Array.from({ length: Math.min(every, windows) }, (_, first) => {
    const count = Math.ceil((windows - first) / every);
    return { first, every, count, length: every * stride, size, from: first * stride - before };
  });
}

/** What the windows of one group give. */
function gradientOf(
  g: Graph,
  x: GraphTensor,
  y: GraphTensor,
  dy: GraphTensor,
  rows: Slots,
  columns: Slots,
): GraphTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const apart = [batch, rows.count, rows.length, columns.count, columns.length, channels];
  const side = [batch, rows.count * rows.length, columns.count * columns.length, channels];
  const cells = g.reshape(part(g, x, [0, rows.from, columns.from, 0], side), apart);
  const [top, gradient] = [windowsOf(g, y, rows, columns), windowsOf(g, dy, rows, columns)];
  const rank = g.constant('float', ranks(rows, columns, height, width), [1, ...apart.slice(1, 5), 1]);
  // Not Equal: where a window's largest is NaN, its gradient must go on to somewhere.
  const below = g.node('Less', [cells, top], { T: attr.type(x.dtype) }, 'bool', apart);
  const first = g.reduce('Max', select(g, below, g.scalar(0), rank, apart), [2, 4], true);
  const isFirst = g.node('Equal', [rank, first], { T: attr.type('float') }, 'bool', apart);
  const dx = select(g, isFirst, gradient, g.scalar(0, x.dtype), apart);
  return part(g, g.reshape(dx, side), [0, -rows.from, -columns.from, 0], x.shape);
}

/** Of [N, H', W', C] the windows of a group: [N, rows, 1, columns, 1, C]. */
function windowsOf(g: Graph, windows: GraphTensor, rows: Slots, columns: Slots): GraphTensor {
  const [batch = 0, height = 0, width = 0, channels = 0] = windows.shape;
  const bounds = [
    [0, rows.first, columns.first, 0],
    [batch, height, width, channels],
    [1, rows.every, columns.every, 1],
  ].map((numbers) => g.constant('int32', numbers));
  const attrs = { T: attr.type(windows.dtype), Index: attr.type('int32') };
  const some = [batch, rows.count, columns.count, channels];
  const chosen = g.node('StridedSlice', [windows, ...bounds], attrs, windows.dtype, some);
  return g.reshape(chosen, [batch, rows.count, 1, columns.count, 1, channels]);
}

/** For each cell of the slots, row by row: the more the earlier it comes in its window, 0 outside of the window or the image. */
function ranks(rows: Slots, columns: Slots, height: number, width: number): number[] {
  const places = ({ count, length, size, from }: Slots, end: number) =>
    Array.from({ length: count * length }, (_, i) => {
      const isInside = i % length < size && from + i >= 0 && from + i < end;
      return isInside ? i % length : Number.NaN;
    });
  const across = places(columns, width);
  return places(rows, height).flatMap((row) =>
    across.map((column) => rows.size * columns.size - (row * columns.size + column) || 0),
  );
}

/** So many elements of x along each dimension, from `from` on; zeros for those that it has not. */
function part(g: Graph, x: GraphTensor, from: readonly number[], shape: readonly number[]): GraphTensor {
  const pieces = shape.map((length, i) => {
    const at = from[i] as number;
    const [begin, end] = [Math.max(0, at), Math.min(x.shape[i] as number, at + length)];
    return { begin, size: end - begin, around: [begin - at, at + length - end] as const };
  });
  const cut = g.slice(
    x,
    pieces.map(({ begin }) => begin),
    pieces.map(({ size }) => size),
  );
  return g.pad(
    cut,
    pieces.map(({ around }) => around),
  );
}

function select(
  g: Graph,
  which: GraphTensor,
  yes: GraphTensor,
  no: GraphTensor,
  shape: readonly number[],
): GraphTensor {
  return g.node('SelectV2', [which, yes, no], { T: attr.type(yes.dtype) }, yes.dtype, shape);
}
