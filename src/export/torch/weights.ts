import type { NamedTensor, NamedTensors, Shape } from '../../model/tensors.js';
import { oihw, permuted } from '../layouts.js';
import type { NetworkLayer } from '../network.js';
import { identifiers } from './identifiers.js';
import { flattenedFrom, inputOrders } from './order.js';

/** The model's `state_dict`: OIHW and [out, in], features in PyTorch's order of flattening. */
export function torchWeights(network: readonly NetworkLayer[], weights: NamedTensors): NamedTensors {
  const names = identifiers(network);
  const orders = flattenedFrom(network);
  const state = new Map<string, NamedTensor>();
  for (const layer of network) {
    const [input] = inputOrders(layer, orders);
    const found = new Map(
      layer.weights.flatMap(({ name }) => {
        const tensor = weights.get(name);
        return tensor ? [[name.split('/').at(-1), tensor] as const] : [];
      }),
    );
    for (const [name, tensor] of stateOf(layer, (weight) => found.get(weight), input?.order)) {
      if (tensor) state.set(`${names.get(layer.name)}.${name}`, tensor);
    }
  }
  return state;
}

function stateOf(
  { config, outputShape }: NetworkLayer,
  weight: (name: string) => NamedTensor | undefined,
  order: Shape | undefined,
): [string, NamedTensor | undefined][] {
  const kernel = weight('kernel');
  const channels = outputShape.at(-1) ?? 1;
  const filled = (value: number) => ({ shape: [channels], data: new Float32Array(channels).fill(value) });
  const vector = (tensor: NamedTensor | undefined) => tensor && reordered(tensor, order);
  switch (config.type) {
    case 'conv2d':
      return [
        ['weight', kernel && oihw(kernel)],
        ['bias', weight('bias')],
      ];
    case 'dense':
      return [
        ['weight', kernel && permuted(reordered(kernel, order), [1, 0])],
        ['bias', weight('bias')],
      ];
    case 'batchNormalization':
      // PyTorch has both or none of scale and shift.
      return [
        ['weight', vector(weight('gamma') ?? filled(1))],
        ['bias', vector(weight('beta') ?? filled(0))],
        ['running_mean', vector(weight('moving_mean'))],
        ['running_var', vector(weight('moving_variance'))],
      ];
    default:
      return [];
  }
}

/** The rows of an array over an image's features, [H·W·C, …], in channels-first order. */
function reordered(tensor: NamedTensor, order: Shape | undefined): NamedTensor {
  if (order === undefined) return tensor;
  const [, ...rest] = tensor.shape;
  const columns = rest.reduce((product, n) => product * n, 1);
  const image = { shape: [...order, columns], data: tensor.data };
  return { shape: tensor.shape, data: permuted(image, [2, 0, 1, 3]).data };
}
