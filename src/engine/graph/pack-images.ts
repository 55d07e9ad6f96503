import type { ConvOptions } from '../../model/ops.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';

/** Pixels of a row that AMX multiplies at once in the kernel's gradient; shorter rows are filled up with zeros. */
const ROW = 32;

/**
 * A convolution's images [N, H, W, in] and the gradient by its output [N, H, W, out], laid out for the gradient by its
 * kernel [kh, kw, in, out]: where AMX would multiply zeros for the most part, several images side by side in a row. For
 * 3×3 pixels that gradient then takes a third of the time, copies included, for 7×7 three fifths; wider rows gain nothing.
 */
export function packed(
  g: Graph,
  images: GraphTensor,
  gradient: GraphTensor,
  [, wide = 0]: readonly number[],
  { strides, padding, dilationRate }: ConvOptions,
): readonly [images: GraphTensor, gradient: GraphTensor] {
  const [batch = -1, , width = 0] = images.shape;
  // Columns of zeros that keep the kernel from seeing the next image.
  const gap = (wide - 1) / 2;
  const count = 2 ** Math.floor(Math.log2(ROW / (width + gap)));
  const sameSize = padding === 'same' && wide % 2 === 1 && [...strides, ...dilationRate].every((n) => n === 1);
  const fits = batch > 0 && batch % count === 0;
  if (!g.machine.amx || images.dtype !== 'bfloat16' || !sameSize || wide === 1 || count < 4 || !fits) {
    return [images, gradient];
  }
  return [inRows(g, images, count, gap), inRows(g, gradient, count, gap)];
}

/** [N, H, W, C] → [N / count, H, count · (W + gap), C]. */
function inRows(g: Graph, x: GraphTensor, count: number, gap: number): GraphTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, row] = [batch / count, width * channels];
  const types = { T: attr.type(x.dtype) };
  const order = g.constant('int32', [0, 2, 1, 3]);
  const shape = [rows, height, count, row];
  const apart = g.reshape(x, [rows, count, height, row]);
  const beside = g.node('Transpose', [apart, order], { ...types, Tperm: attr.type('int32') }, x.dtype, shape);
  const paddings = g.constant('int32', [0, 0, 0, 0, 0, 0, 0, gap * channels], [4, 2]);
  const wider = [rows, height, count, row + gap * channels];
  const padded = g.node('Pad', [beside, paddings], { ...types, Tpaddings: attr.type('int32') }, x.dtype, wider);
  return g.reshape(padded, [rows, height, count * (width + gap), channels]);
}
