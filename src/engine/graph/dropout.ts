import { sizeOf } from '../../model/tensors.js';
import { deriveSeed } from '../../random.js';
import type { Graph, GraphTensor } from './graph.js';
import type { TrainingPass } from './pass.js';
import { attr, type DType } from './proto.js';

/**
 * The mask of inverted dropout: 0 with probability `rate`, else 1/(1 − rate), from a counter-based generator keyed by
 * (seed, layer, step), so that any step can be repeated: [batch, ...cells], in the type of `x`.
 *
 * Noise is the costly part. Each 32-bit draw is cut into bytes where the rate is a multiple of 1/256 (0.5, 0.25 …), else
 * into 16-bit words, which keep a rate to 1/65,536, and of so many at least one.
 */
export function dropoutMask(
  g: Graph,
  x: GraphTensor,
  cells: readonly number[],
  rate: number,
  name: string,
  pass: TrainingPass,
): GraphTensor {
  const [dtype, perDraw, lowest, range] = Number.isInteger(rate * 256)
    ? (['uint8', 4, 0, 256] as const)
    : (['int16', 2, -32_768, 65_536] as const);
  const size = sizeOf(cells);
  // Not below 0: XLA and TensorFlow's own kernel extend a negative seed in different ways, and would draw different noise.
  const layerSeed = deriveSeed(pass.seed, 'dropout', name) & 0x7f_ff_ff_ff;
  const noise = draw(g, x, size, dtype, perDraw, layerSeed, pass.step);
  const threshold = g.cast(g.constant('int32', [lowest + Math.min(Math.round(rate * range), range - 1)], []), dtype);
  const drawn = g.node('GreaterEqual', [noise, threshold], { T: attr.type(dtype) }, 'bool', noise.shape);
  const kept = g.reshape(firstCells(g, drawn, size), [x.shape[0] as number, ...cells]);
  return g.map('Mul', [g.cast(kept, x.dtype), g.scalar(1 / (1 - rate), x.dtype)]);
}

/** Uniform integers, [batch, cells]: at least `size` for each row of `x`. */
function draw(
  g: Graph,
  x: GraphTensor,
  size: number,
  dtype: DType,
  perDraw: number,
  layerSeed: number,
  step: GraphTensor,
): GraphTensor {
  const draws = Math.ceil(size / perDraw);
  const packed = { T: attr.type('int32'), N: attr.int(2), axis: attr.int(0) };
  const seed = g.node('Pack', [g.constant('int32', [layerSeed], []), step], packed, 'int32', [2]);
  const batch = x.shape[0] as number;
  const shape =
    batch === -1
      ? g.node('Pack', [g.batchOf(x), g.constant('int32', [draws], [])], packed, 'int32', [2])
      : g.constant('int32', [batch, draws]);
  const attrs = { dtype: attr.type('int32'), T: attr.type('int32'), Tseed: attr.type('int32') };
  const bits = g.node('StatelessRandomUniformFullInt', [shape, seed], attrs, 'int32', [batch, draws]);
  const cut = g.node('Bitcast', [bits], { T: attr.type('int32'), type: attr.type(dtype) }, dtype, [
    batch,
    draws,
    perDraw,
  ]);
  return g.reshape(cut, [batch, draws * perDraw]);
}

/** The first `size` columns of bools: a GPU has a kernel that cuts these, and none for the small integers of the noise. */
function firstCells(g: Graph, rows: GraphTensor, size: number): GraphTensor {
  return rows.shape[1] === size ? rows : g.slice(rows, [0, 0], [-1, size]);
}
