import type { Operation } from '../../model/layers/definition.js';
import { TORCH_ACTIVATIONS } from '../../model/layers/torch.js';
import type { Activation } from '../../model/ops.js';
import type { Shape } from '../../model/tensors.js';
import type { TrainedClassifier } from '../format.js';
import { IMAGES, isOperation, type NetworkLayer } from '../network.js';
import { identifiers } from './identifiers.js';
import { torchOf } from './layer.js';
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
  const end = network.at(-1)?.name ?? IMAGES;
  return { start, lines, last: inModelOrder(variables.get(end) ?? end, orders.get(end)) };
}

/** Features of an image flattened channels first, in the order that the model has them in. */
function inModelOrder(value: string, order: Shape | undefined): string {
  if (order === undefined) return value;
  const [height, width, channels] = order;
  return `${value}.unflatten(1, (${channels}, ${height}, ${width})).permute(0, 2, 3, 1).flatten(1)`;
}

/** What the layer is in `__init__`; undefined for one that keeps nothing. */
function moduleOf({ config, inputShape }: NetworkLayer): string | undefined {
  return isOperation(config) ? undefined : torchOf(config).module?.(config, inputShape);
}

/** @param ending whether it is the last layer, whose softmax is left to the caller: the model gives logits */
function expression(layer: NetworkLayer, values: readonly string[], self: string, ending: boolean): string {
  const { config, inputShape } = layer;
  const [x = 'x', other = 'x'] = values;
  if (isOperation(config)) return OPERATIONS[config.type](x, other, layer.outputShape);
  const activated = (value: string, kind: Activation) => (ending ? value : TORCH_ACTIVATIONS[kind](value));
  return torchOf(config).forward(config, { x, self, inputShape, activated });
}

const OPERATIONS: Readonly<Record<Operation['type'], (x: string, other: string, shape: Shape) => string>> = {
  add: (x, other) => `${x} + ${other}`,
  multiply: (x, other) => `${x} * ${other}`,
  // Of features alone, which become an image of one pixel.
  reshape: (x, _other, [height, width, channels]) => `${x}.reshape(-1, ${channels}, ${height}, ${width})`,
};
