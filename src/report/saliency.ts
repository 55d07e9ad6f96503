import type { NamedTensor } from '../model/tensors.js';

/**
 * Which pixels the score of a class hangs on, [height, width] in [0, 1]: the size of its gradient by each, the largest of
 * the channels (Simonyan et al. 2013, https://arxiv.org/abs/1312.6034).
 */
export function saliencyMap({ shape, data }: NamedTensor): Float32Array {
  const [height = 1, width = 1, channels = 1] = shape;
  const sizes = Float32Array.from({ length: height * width }, (_, i) =>
    data.subarray(i * channels, (i + 1) * channels).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  return upToOne(sizes);
}

/**
 * Grad-CAM (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391) of a convolution's output, [h, w, channels], and the
 * gradient of the score by it: the channels weighed by their mean gradients, what is negative left out, stretched to
 * [height, width] and to [0, 1].
 */
export function gradCam(output: NamedTensor, gradient: NamedTensor, height: number, width: number): Float32Array {
  const [rows = 1, columns = 1, channels = 1] = output.shape;
  const cells = rows * columns;
  const weights = new Float32Array(channels);
  gradient.data.forEach((value, i) => {
    weights[i % channels] = (weights[i % channels] ?? 0) + value / cells;
  });
  const map = Float32Array.from({ length: cells }, (_, cell) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += (weights[c] ?? 0) * (output.data[cell * channels + c] ?? 0);
    return Math.max(0, sum);
  });
  return upToOne(stretched(map, [rows, columns], [height, width]));
}

/** Bilinear, cell centres on cell centres. */
function stretched(map: Float32Array, [rows, columns]: Size, [height, width]: Size): Float32Array {
  const place = (i: number, from: number, to: number) => Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  return Float32Array.from({ length: height * width }, (_, i) => {
    const y = place(Math.floor(i / width), rows, height);
    const x = place(i % width, columns, width);
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [bottom, right] = [Math.min(rows - 1, top + 1), Math.min(columns - 1, left + 1)];
    const at = (row: number, column: number) => map[row * columns + column] ?? 0;
    const upper = at(top, left) * (1 - (x - left)) + at(top, right) * (x - left);
    const lower = at(bottom, left) * (1 - (x - left)) + at(bottom, right) * (x - left);
    return upper * (1 - (y - top)) + lower * (y - top);
  });
}

type Size = readonly [number, number];

function upToOne(values: Float32Array): Float32Array {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? values : values.map((value) => value / most);
}
