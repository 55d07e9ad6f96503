import { IMAGES, type NetworkLayer } from '../network.js';

/**
 * The layers in the order of Keras' `Functional.layers`, which numbers them in weight files: by their distance from the
 * output, the farthest first, then by when a walk back from the output meets them (keras/src/ops/function.py, map_graph).
 */
export function kerasOrder(layers: readonly NetworkLayer[]): readonly NetworkLayer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const distance = new Map<string, number>();
  for (const { name, inputs } of layers.toReversed()) {
    const next = (distance.get(name) ?? 0) + 1;
    for (const input of inputs) distance.set(input, Math.max(distance.get(input) ?? 0, next));
  }
  const met = new Map<string, number>();
  const ways = layers.slice(-1).map(({ name }) => name);
  for (let name = ways.pop(); name !== undefined; name = ways.pop()) {
    if (name === IMAGES || met.has(name)) continue;
    met.set(name, met.size);
    ways.push(...(byName.get(name)?.inputs ?? []).toReversed());
  }
  const rank = (of: ReadonlyMap<string, number>, { name }: NetworkLayer) => of.get(name) ?? 0;
  return layers.toSorted((a, b) => rank(distance, b) - rank(distance, a) || rank(met, a) - rank(met, b));
}

/** Keras' names for the layers of a weight file: the class in snake case, counted: `conv2d`, `conv2d_1`, … */
export function kerasPaths(classNames: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return classNames.map((className) => {
    const name = className
      .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toLowerCase();
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
