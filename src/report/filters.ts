import type { BuiltLayer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import type { NamedTensor, NamedTensors } from '../model/tensors.js';
import { diverging } from './diverging.js';
import type { RunReport, Sheet } from './schema.js';
import { toSheet } from './sheet.js';

/** Kernels that one look takes in. */
const MOST_FILTERS = 64;
const ACROSS = 16;

/** The kernels of a model's first convolution, on one scale of colours; null where it has none. */
export function filterSheet(model: Model, weights: NamedTensors): RunReport['filters'] {
  const layer = convolutions(model)[0];
  const kernel = layer === undefined ? undefined : weights.get(`${layer.name}/kernel`);
  if (layer === undefined || kernel === undefined) return null;
  const [height = 1, width = 1] = kernel.shape;
  const kernels = splitKernels(kernel).slice(0, MOST_FILTERS);
  const values = Float32Array.from(kernels.flatMap((one) => [...one]));
  const pixels = diverging(values);
  return { layer: layer.name, sheet: toSheet({ width, height, channels: 3, pixels }, ACROSS) };
}

/** Every convolution of a model in order, those within blocks too. */
export function convolutions({ layers }: Pick<Model, 'layers'>): BuiltLayer[] {
  return layers.flatMap((layer) => [
    ...(layer.type === 'conv2d' ? [layer] : []),
    ...convolutions({ layers: layer.children }),
  ]);
}

/** [height, width, in, out] → for each output channel its kernel, [height, width], the mean over the input channels. */
export function splitKernels({ shape, data }: NamedTensor): Float32Array[] {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = shape;
  return Array.from({ length: outputs }, (_, out) =>
    Float32Array.from({ length: height * width }, (_, at) => {
      let sum = 0;
      for (let channel = 0; channel < inputs; channel++) sum += data[(at * inputs + channel) * outputs + out] ?? 0;
      return sum / inputs;
    }),
  );
}

/** The feature maps of one image, [1, height, width, channels], on one scale of greys. */
export function mapSheet({ shape, data }: NamedTensor): Sheet {
  const [, height = 1, width = 1, channels = 1] = shape;
  const shown = Math.min(channels, MOST_FILTERS);
  const [low, high] = [data.reduce((a, b) => Math.min(a, b), 0), data.reduce((a, b) => Math.max(a, b), 0)];
  const pixels = Uint8Array.from({ length: shown * height * width }, (_, i) => {
    const [map, at] = [Math.floor(i / (height * width)), i % (height * width)];
    return Math.round((255 * ((data[at * channels + map] ?? 0) - low)) / (high - low || 1));
  });
  return toSheet({ width, height, channels: 1, pixels }, ACROSS);
}
