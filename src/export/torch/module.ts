import type { Activation, Padding } from '../../model/ops.js';
import type { Shape } from '../../model/tensors.js';
import type { TrainedClassifier } from '../format.js';
import { IMAGES, type NetworkLayer } from '../network.js';
import { both, paddingOf, type Size } from '../windows.js';
import { identifiers } from './identifiers.js';
import { flattenedFrom, inputOrders, sameOrder } from './order.js';

/** The text of `model.py`. */
export function moduleText(classifier: TrainedClassifier, network: readonly NetworkLayer[]): string {
  const { config, classes, model, input } = classifier;
  const names = identifiers(network);
  const [height, width, channels] = model.inputShape;
  const made = network.flatMap((layer) => {
    const module = moduleOf(layer);
    return module === undefined ? [] : [`self.${names.get(layer.name)} = ${module}`];
  });
  const { start, lines, last } = forward(classifier, network, names);
  const what = input === 'bytes' ? 'uint8 0 … 255' : 'float32 0 … 1';
  return `"""${config.name}, trained by fmnist: images [N, ${channels}, ${height}, ${width}] (${what}) to logits [N, ${model.classes}].

    from safetensors.torch import load_file

    model = Model()
    model.load_state_dict(load_file("weights.safetensors"))
    model.eval()
    probabilities = model(images).softmax(-1)
"""

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = ${JSON.stringify(classes)}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
${made.map((line) => `        ${line}\n`).join('')}
    def forward(self, images):
${[start, ...lines].map((line) => `        ${line}\n`).join('')}        return ${last}
`;
}

/** A line a layer; the value that only the next line takes is called x. */
function forward({ input }: TrainedClassifier, network: readonly NetworkLayer[], names: ReadonlyMap<string, string>) {
  const orders = flattenedFrom(network);
  const consumers = (name: string) => network.flatMap(({ inputs }, i) => (inputs.includes(name) ? [i] : []));
  const variable = (name: string, index: number) => {
    const [first, ...others] = consumers(name);
    const passedOn = others.length === 0 && (first === undefined || first === index + 1);
    return passedOn ? 'x' : (names.get(name) ?? name);
  };
  const variables = new Map([[IMAGES, variable(IMAGES, -1)]]);
  const lines = network.map((layer, i) => {
    const taken = inputOrders(layer, orders).map(({ name, order }) => ({ value: variables.get(name) ?? name, order }));
    const alike = sameOrder(taken[0]?.order, taken[1]?.order);
    const values = taken.map(({ value, order }) =>
      layer.config.type !== 'add' || alike ? value : inModelOrder(value, order),
    );
    const result = variable(layer.name, i);
    variables.set(layer.name, result);
    const ending = i === network.length - 1;
    return `${result} = ${expression(layer, values, `self.${names.get(layer.name)}`, ending)}`;
  });
  const start = `${variables.get(IMAGES)} = ${input === 'bytes' ? 'images.float() / 255' : 'images'}`;
  return { start, lines, last: variables.get(network.at(-1)?.name ?? IMAGES) };
}

/** Features of an image flattened channels first, in the order that the model has them in. */
function inModelOrder(value: string, order: Shape | undefined): string {
  if (order === undefined) return value;
  const [height, width, channels] = order;
  return `${value}.unflatten(1, (${channels}, ${height}, ${width})).permute(0, 2, 3, 1).flatten(1)`;
}

/** What the layer is in `__init__`; undefined for one that keeps nothing. */
function moduleOf({ config, inputShape }: NetworkLayer): string | undefined {
  const channels = inputShape.at(-1);
  switch (config.type) {
    case 'conv2d': {
      const window = [`${pair(config.kernelSize)}`, `stride=${pair(config.strides)}`];
      const more = [`dilation=${pair(config.dilationRate)}`, `bias=${bool(config.useBias)}`];
      return `nn.Conv2d(${[channels, config.filters, ...window, ...more].join(', ')})`;
    }
    case 'dense':
      return `nn.Linear(${channels}, ${config.units}, bias=${bool(config.useBias)})`;
    case 'batchNormalization': {
      const kind = inputShape.length === 3 ? 'BatchNorm2d' : 'BatchNorm1d';
      // PyTorch's momentum is the share of the new batch.
      return `nn.${kind}(${channels}, eps=${config.epsilon}, momentum=${Number((1 - config.momentum).toFixed(6))})`;
    }
    case 'dropout':
      return `nn.Dropout(${config.rate})`;
    default:
      return undefined;
  }
}

/** @param ending whether it is the last layer, whose softmax is left to the caller: the model gives logits */
function expression(layer: NetworkLayer, values: readonly string[], self: string, ending: boolean): string {
  const { config } = layer;
  const [x = 'x', other = 'x'] = values;
  const activated = (value: string, kind: Activation) => (ending ? value : ACTIVATIONS[kind](value));
  switch (config.type) {
    case 'conv2d':
      return activated(`${self}(${padded(layer, x, config.kernelSize, config, '0')})`, config.activation);
    case 'dense':
      return activated(`${self}(${x})`, config.activation);
    case 'maxPooling2d': {
      const { poolSize, strides = poolSize } = config;
      const image = padded(layer, x, poolSize, { ...config, strides }, 'float("-inf")');
      return `F.max_pool2d(${image}, ${pair(poolSize)}, ${pair(strides)})`;
    }
    case 'averagePooling2d': {
      const { poolSize, strides = poolSize } = config;
      const mean = (value: string) => {
        const image = padded(layer, value, poolSize, { ...config, strides }, '0');
        return `F.avg_pool2d(${image}, ${pair(poolSize)}, ${pair(strides)})`;
      };
      // The mean of the cells inside the image: padding counts for nothing.
      return config.padding === 'same' ? `${mean(x)} / ${mean(`torch.ones_like(${x})`)}` : mean(x);
    }
    case 'globalAveragePooling2d':
      return `${x}.mean((2, 3))`;
    case 'globalMaxPooling2d':
      return `${x}.amax((2, 3))`;
    case 'activation':
      return activated(x, config.activation);
    case 'flatten':
      return `${x}.flatten(1)`;
    case 'add':
      return `${x} + ${other}`;
    case 'batchNormalization':
    case 'dropout':
      return `${self}(${x})`;
  }
}

/** The channels are the second dimension of images and of features. */
const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => `F.relu(${x})`,
  leakyRelu: (x) => `F.leaky_relu(${x}, 0.2)`,
  elu: (x) => `F.elu(${x})`,
  gelu: (x) => `F.gelu(${x})`,
  silu: (x) => `F.silu(${x})`,
  tanh: (x) => `torch.tanh(${x})`,
  sigmoid: (x) => `torch.sigmoid(${x})`,
  softmax: (x) => `${x}.softmax(1)`,
} satisfies Record<Activation, (x: string) => string>;

interface Sliding {
  readonly strides: Size;
  readonly padding: Padding;
  readonly dilationRate?: Size;
}

/** The image with TensorFlow's padding, which PyTorch's even one cannot say. */
function padded({ inputShape }: NetworkLayer, x: string, size: Size, sliding: Sliding, value: string): string {
  const { strides, padding, dilationRate = 1 } = sliding;
  const window = { size: both(size), strides: both(strides), dilationRate: both(dilationRate), padding };
  const [rows, columns] = paddingOf(inputShape, window);
  const pads = [...columns, ...rows];
  return pads.every((n) => n === 0) ? x : `F.pad(${x}, (${pads.join(', ')}), value=${value})`;
}

function pair(size: Size): string {
  return `(${both(size).join(', ')})`;
}

function bool(value: boolean): string {
  return value ? 'True' : 'False';
}
