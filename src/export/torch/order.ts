import type { Shape } from '../../model/tensors.js';
import { IMAGES, type NetworkLayer } from '../network.js';

/**
 * PyTorch flattens images channels first, the model flattened them channels last. Until a dense layer mixes them, the
 * features after it are in the order of that image.
 *
 * @returns by layer, the image [height, width, channels] whose order its output is in; layers whose output is in the
 *   model's own order are left out
 */
export function flattenedFrom(network: readonly NetworkLayer[]): ReadonlyMap<string, Shape> {
  const orders = new Map<string, Shape>();
  for (const layer of network) {
    const order = orderAfter(layer, orders);
    if (order) orders.set(layer.name, order);
  }
  return orders;
}

function orderAfter(layer: NetworkLayer, orders: ReadonlyMap<string, Shape>): Shape | undefined {
  const [first, second] = layer.inputs.map((name) => orders.get(name));
  switch (layer.config.type) {
    case 'flatten':
      return layer.inputShape.length === 3 ? layer.inputShape : first;
    case 'dense':
      return undefined;
    case 'add':
      return sameOrder(first, second) ? first : undefined;
    default:
      return first;
  }
}

/** Whether two ways into an `add` lie alike. */
export function sameOrder(a: Shape | undefined, b: Shape | undefined): boolean {
  return a?.join() === b?.join();
}

/** The inputs of a layer, each with the name and the order it is in. */
export function inputOrders(layer: NetworkLayer, orders: ReadonlyMap<string, Shape>) {
  return layer.inputs.map((name) => ({ name, order: name === IMAGES ? undefined : orders.get(name) }));
}
