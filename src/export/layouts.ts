import { type NamedTensor, type Shape, sizeOf } from '../model/tensors.js';

/** [H, W, C] → [C, H, W]. */
export function channelsFirst([height = 1, width = 1, channels = 1]: Shape): Shape {
  return [channels, height, width];
}

/** A convolution's kernel, [H, W, in, out] → [out, in, H, W]. */
export function oihw({ shape, data }: NamedTensor): NamedTensor {
  return permuted({ shape, data }, [3, 2, 0, 1]);
}

/** The same array with its dimensions in the order of `axes`. */
export function permuted({ shape, data }: NamedTensor, axes: readonly number[]): NamedTensor {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const to = axes.map((axis) => shape[axis] ?? 1);
  const steps = axes.map((axis) => strides[axis] ?? 1);
  const turned = new Float32Array(data.length);
  const index = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < turned.length; i++) {
    turned[i] = data[from] as number;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const [size, step] = [to[axis] as number, steps[axis] as number];
      index[axis] = (index[axis] as number) + 1;
      from += step;
      if ((index[axis] as number) < size) break;
      from -= step * size;
      index[axis] = 0;
    }
  }
  return { shape: to, data: turned };
}
