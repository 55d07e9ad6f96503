import type { ConvOptions } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';

/** Pixels of a row that AMX multiplies at once in the kernel's gradient; shorter rows are filled up with zeros. */
const ROW = 32;

/** Several images side by side in a row. */
export interface Packing {
  readonly count: number;
  /** Columns of zeros after each image, which keep the kernel from seeing the next one. */
  readonly gap: number;
}

/**
 * How to lay out a convolution's images [N, H, W, in] where AMX would multiply zeros for the most part: by kernel
 * [kh, kw, in, out]. For 3×3 pixels the kernel's gradient then takes a third of the time, copies included, for 7×7 three
 * fifths; wider rows gain nothing, and are left as they are.
 */
export function packingFor(
  g: Graph,
  images: GraphTensor,
  [, wide = 0]: readonly number[],
  { strides, padding, dilationRate }: ConvOptions,
): Packing | undefined {
  const [batch = -1, , width = 0] = images.shape;
  const gap = (wide - 1) / 2;
  const count = 2 ** Math.floor(Math.log2(ROW / (width + gap)));
  const sameSize = padding === 'same' && wide % 2 === 1 && [...strides, ...dilationRate].every((n) => n === 1);
  const fits = batch > 0 && batch % count === 0;
  const packs = g.machine.amx && images.dtype === 'bfloat16' && sameSize && wide > 1 && count >= 4 && fits;
  return packs ? { count, gap } : undefined;
}

/** [N, H, W, C] → [N / count, H, count · (W + gap), C]; without a packing as they are. */
export function inRows(g: Graph, x: GraphTensor, packing: Packing | undefined): GraphTensor {
  if (packing === undefined) return x;
  const { count, gap } = packing;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, row] = [batch / count, width * channels];
  const beside = transposed(g, g.reshape(x, [rows, count, height, row]));
  const padded = g.pad(beside, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, gap * channels],
  ]);
  return g.reshape(padded, [rows, height, count * (width + gap), channels]);
}

/** [N / count, H, count · (W + gap), C] → [N, H, W, C]; without a packing as they are. */
export function fromRows(g: Graph, x: GraphTensor, packing: Packing | undefined): GraphTensor {
  if (packing === undefined) return x;
  const { count, gap } = packing;
  const [rows, height, columns, channels] = x.shape as [number, number, number, number];
  const width = columns / count - gap;
  const apart = g.reshape(x, [rows, height, count, (width + gap) * channels]);
  const images = g.slice(apart, [0, 0, 0, 0], [rows, height, count, width * channels]);
  return g.reshape(transposed(g, images), [rows * count, height, width, channels]);
}

/** [A, B, C, D] → [A, C, B, D]. */
function transposed(g: Graph, x: GraphTensor): GraphTensor {
  const [a, b, c, d] = x.shape as [number, number, number, number];
  const attrs = { T: attr.type(x.dtype), Tperm: attr.type('int32') };
  return g.node('Transpose', [x, g.constant('int32', [0, 2, 1, 3])], attrs, x.dtype, [a, c, b, d]);
}
