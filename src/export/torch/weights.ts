import type { NamedTensor, NamedTensors, Shape } from '../../model/tensors.js';
import { permuted } from '../layouts.js';
import { isOperation, type NetworkLayer } from '../network.js';
import { identifiers } from './identifiers.js';
import { torchOf } from './layer.js';
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
  if (isOperation(config)) return [];
  const channels = outputShape.at(-1) ?? 1;
  return (torchOf(config).state ?? []).map(({ name, from, axes, reshaped, features, missing }) => {
    const filled = missing === undefined ? undefined : new Float32Array(channels).fill(missing);
    const own = weight(from) ?? (filled && { shape: [channels], data: filled });
    const ordered = own && features ? reordered(own, order) : own;
    const turned = ordered && axes ? permuted(ordered, axes) : ordered;
    return [name, turned && reshaped ? { ...turned, shape: reshaped(turned.shape) } : turned];
  });
}

/** The rows of an array over an image's features, [H·W·C, …], in channels-first order. */
function reordered(tensor: NamedTensor, order: Shape | undefined): NamedTensor {
  if (order === undefined) return tensor;
  const [, ...rest] = tensor.shape;
  const columns = rest.reduce((product, n) => product * n, 1);
  const image = { shape: [...order, columns], data: tensor.data };
  return { shape: tensor.shape, data: permuted(image, [2, 0, 1, 3]).data };
}
